//! Sessions: each visitor's own edits of the network, bounded in number and memory.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use nn_core::Model;

use crate::edits::Edit;
use crate::reply::Refusal;
use crate::served::Served;

/// Most sessions; the one unused for longest makes room for a new one.
const MAX_SESSIONS: usize = 32;
/// Most memory of all edited networks together, in bytes, unless one alone is larger.
const MAX_BYTES: usize = 512 << 20;
/// Most edits of one session.
const MAX_EDITS: usize = 100;
/// Most steps of all lessons of one session: undoing one edit repeats those before it.
const MAX_STEPS: u32 = 2000;

/// One visitor's edits.
#[derive(Debug)]
struct Session {
    edits: Vec<Edit>,
    /// The network with all edits; `None` where there are none.
    edited: Option<Arc<Served>>,
    /// The model the edits were made on.
    serial: u64,
    /// Counts the changes.
    version: u64,
    last_use: u64,
}

/// All sessions. They can be asked for while an edit is being computed.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    sessions: HashMap<String, Session>,
    clock: u64,
}

impl Sessions {
    /// Opens a session and gives its name, which can't be guessed.
    pub(crate) fn open(&self, base: &Served) -> String {
        self.with(|inner| inner.open(base))
    }

    /// The network as this session has it, and how many edits made it so. Edits of a model that has
    /// been replaced are forgotten.
    pub(crate) fn network(
        &self,
        name: &str,
        base: &Arc<Served>,
    ) -> Result<(Arc<Served>, usize), Refusal> {
        self.with(|inner| {
            let session = inner.get(name, base)?;
            let served = session.edited.clone().unwrap_or_else(|| base.clone());
            Ok((served, session.edits.len()))
        })
    }

    /// The edits of a session, oldest first.
    pub(crate) fn edits(&self, name: &str, base: &Served) -> Result<Vec<Edit>, Refusal> {
        self.with(|inner| Ok(inner.get(name, base)?.edits.clone()))
    }

    /// Makes an edit.
    pub(crate) fn edit(&self, name: &str, base: &Arc<Served>, edit: Edit) -> Result<(), Refusal> {
        let (before, mut edits, version) = self.state(name, base)?;
        if edits.len() == MAX_EDITS {
            return Err(Refusal::conflict(format!("at most {MAX_EDITS} edits; undo some first")));
        }
        edit.check(&before.model)?;
        let steps: u32 = edits.iter().chain([&edit]).map(Edit::steps).sum();
        if steps > MAX_STEPS {
            return Err(Refusal::conflict(format!("at most {MAX_STEPS} steps; undo some first")));
        }
        let mut model = before.model.clone();
        edit.apply(&mut model)?;
        if !model.network.is_finite() {
            return Err(Refusal::unprocessable("this would make weights infinite"));
        }
        edits.push(edit);
        self.replace(name, base, version, edits, Some(model))
    }

    /// Takes back the last edit, or all.
    pub(crate) fn undo(&self, name: &str, base: &Arc<Served>, all: bool) -> Result<(), Refusal> {
        let (_, mut edits, version) = self.state(name, base)?;
        edits.truncate(if all { 0 } else { edits.len().saturating_sub(1) });
        if edits.is_empty() {
            return self.replace(name, base, version, edits, None);
        }
        // Edits are deterministic, so those that stay give the very network they gave.
        let mut model = base.model.clone();
        for edit in &edits {
            edit.apply(&mut model)?;
        }
        self.replace(name, base, version, edits, Some(model))
    }

    fn state(
        &self,
        name: &str,
        base: &Arc<Served>,
    ) -> Result<(Arc<Served>, Vec<Edit>, u64), Refusal> {
        self.with(|inner| {
            let session = inner.get(name, base)?;
            let served = session.edited.clone().unwrap_or_else(|| base.clone());
            Ok((served, session.edits.clone(), session.version))
        })
    }

    /// Puts in what was computed, unless something else changed meanwhile.
    fn replace(
        &self,
        name: &str,
        base: &Served,
        version: u64,
        edits: Vec<Edit>,
        edited: Option<Model<f32>>,
    ) -> Result<(), Refusal> {
        let serve = |model| Served::new(model, base.serial).map(Arc::new);
        let edited = edited.map(serve).transpose()?;
        self.with(|inner| {
            let session = inner.get(name, base)?;
            if session.version != version {
                return Err(Refusal::conflict("the network changed meanwhile; try again"));
            }
            session.version += 1;
            (session.edits, session.edited) = (edits, edited);
            Ok(())
        })
    }

    fn with<T>(&self, work: impl FnOnce(&mut Inner) -> T) -> T {
        work(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Inner {
    fn open(&mut self, base: &Served) -> String {
        let parameters = base.network().num_parameters();
        let bytes = parameters * (size_of::<f32>() + size_of::<f64>());
        let most = (MAX_BYTES / bytes.max(1)).clamp(1, MAX_SESSIONS);
        while self.sessions.len() >= most {
            let oldest = self.sessions.iter().min_by_key(|(_, session)| session.last_use);
            let Some(name) = oldest.map(|(name, _)| name.clone()) else { break };
            self.sessions.remove(&name);
        }
        // Keys of the standard hasher come from the system's entropy. Nothing that is computed
        // depends on the name.
        let word = || RandomState::new().build_hasher().finish();
        let name = format!("{:016x}{:016x}", word(), word());
        self.clock += 1;
        let session = Session {
            edits: Vec::new(),
            edited: None,
            serial: base.serial,
            version: 0,
            last_use: self.clock,
        };
        self.sessions.insert(name.clone(), session);
        name
    }

    fn get(&mut self, name: &str, base: &Served) -> Result<&mut Session, Refusal> {
        self.clock += 1;
        let Some(session) = self.sessions.get_mut(name) else {
            let message = "no such session; open one with POST /api/sessions";
            return Err(Refusal::new(axum::http::StatusCode::NOT_FOUND, message));
        };
        session.last_use = self.clock;
        if session.serial != base.serial {
            session.edits.clear();
            session.edited = None;
            session.serial = base.serial;
            session.version += 1;
        }
        Ok(session)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nn_core::{Cost, NetworkBuilder};

    fn base(serial: u64) -> Arc<Served> {
        let network = NetworkBuilder::<f32>::new(&[4, 3, 2]).build(1).unwrap();
        Arc::new(Served::new(Model::new(network, Cost::Quadratic), serial).unwrap())
    }

    #[test]
    fn undo_restores_the_very_weights() {
        let (base, sessions) = (base(0), Sessions::default());
        let name = sessions.open(&base);
        let network = |sessions: &Sessions| {
            let (served, edits) = sessions.network(&name, &base).unwrap();
            (served.model.clone(), edits)
        };
        let teach = Edit::Teach { pixels: vec![9.0; 4], class: 1, rate: 0.3, steps: 3 };
        sessions.edit(&name, &base, teach).unwrap();
        let taught = network(&sessions);
        sessions.edit(&name, &base, Edit::Prune { share: 0.5 }).unwrap();
        sessions.edit(&name, &base, Edit::Noise { deviation: 0.1, seed: 1 }).unwrap();
        assert_eq!(sessions.edits(&name, &base).unwrap().len(), 3);
        sessions.undo(&name, &base, false).unwrap();
        sessions.undo(&name, &base, false).unwrap();
        assert_eq!(network(&sessions), taught);
        sessions.undo(&name, &base, true).unwrap();
        assert_eq!(network(&sessions), (base.model.clone(), 0));
        sessions.undo(&name, &base, false).unwrap();
    }

    #[test]
    fn a_refused_edit_changes_nothing() {
        let (base, sessions) = (base(0), Sessions::default());
        let name = sessions.open(&base);
        assert!(sessions.edit(&name, &base, Edit::Prune { share: 2.0 }).is_err());
        for _ in 0..30 {
            let _ = sessions.edit(&name, &base, Edit::Scale { layer: 2, unit: 0, factor: 100.0 });
        }
        let (served, edits) = sessions.network(&name, &base).unwrap();
        assert!(served.network().is_finite() && edits < 30);
    }

    #[test]
    fn sessions_and_edits_are_bounded() {
        let (base, sessions) = (base(0), Sessions::default());
        let first = sessions.open(&base);
        let second = sessions.open(&base);
        for _ in 0..MAX_SESSIONS - 1 {
            sessions.network(&first, &base).unwrap();
            sessions.open(&base);
        }
        assert_eq!(sessions.with(|inner| inner.sessions.len()), MAX_SESSIONS);
        assert!(sessions.network(&first, &base).is_ok(), "it was used all the time");
        assert!(sessions.network(&second, &base).is_err(), "it wasn't");
        for _ in 0..MAX_EDITS {
            sessions.edit(&first, &base, Edit::Shift { layer: 2, unit: 0, by: 0.1 }).unwrap();
        }
        assert!(sessions.edit(&first, &base, Edit::Prune { share: 0.1 }).is_err());
    }

    #[test]
    fn edits_of_a_replaced_model_are_forgotten() {
        let (old, new, sessions) = (base(0), base(1), Sessions::default());
        let name = sessions.open(&old);
        sessions.edit(&name, &old, Edit::Prune { share: 0.5 }).unwrap();
        let (served, edits) = sessions.network(&name, &new).unwrap();
        assert_eq!((served.serial, edits), (1, 0));
    }
}
