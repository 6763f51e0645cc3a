//! Hints in words, in English and Spanish.

use serde::Serialize;

use super::{Finding, Hint, Mend};
use crate::Language;

/// A hint in the words of a language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HintWords {
    /// What was noticed, in a few words.
    pub title: String,
    /// From which numbers, and why it matters.
    pub why: String,
    /// What to do about it.
    pub mend: String,
}

impl Hint {
    /// The hint in words. Settings are written as flags of `nn-cli train`.
    #[must_use]
    pub fn words(&self, language: Language) -> HintWords {
        let (title, why, advice) = match language {
            Language::English => english(&self.finding),
            Language::Spanish => spanish(&self.finding),
        };
        let flags: Vec<String> = self.mends.iter().map(flag).collect();
        let or = language.choose(" or ", " o ");
        let try_ = language.choose("try", "prueba");
        let mend = match (flags.is_empty(), advice.is_empty()) {
            (true, _) => advice,
            (false, true) => format!("{try_} {}", flags.join(or)),
            (false, false) => format!("{try_} {}; {advice}", flags.join(or)),
        };
        HintWords { title, why, mend }
    }
}

fn flag(mend: &Mend) -> String {
    format!("--{} {}", mend.setting.replace('_', "-"), mend.value)
}

fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent.abs() < 9.95 { format!("{percent:.1} %") } else { format!("{percent:.0} %") }
}

fn points(share: f64) -> String {
    format!("{:.1}", share * 100.0)
}

#[allow(clippy::too_many_lines, reason = "one arm a finding")]
fn english(finding: &Finding) -> (String, String, String) {
    let (title, why, advice) = match finding {
        Finding::LearningRateTooHigh { diverged: true, .. } => (
            "The learning rate is too high",
            "the weights grew beyond all bounds: steps this long lead away from the minimum, each \
             longer than the one before"
                .to_owned(),
            String::new(),
        ),
        Finding::LearningRateTooHigh { rises, of, best_cost, last_cost, .. } => (
            "The learning rate looks too high",
            format!(
                "the training cost rose in {rises} of {of} epochs, and stands at {last_cost:.4} \
                 where its best was {best_cost:.4}: steps this long jump over the minimum"
            ),
            String::new(),
        ),
        Finding::LearningRateTooLow { fall, train_accuracy } => (
            "The learning rate looks too low",
            format!(
                "the training cost falls steadily, by {} an epoch of late, but only {} of the \
                 training samples are right: the steps are short",
                percent(*fall),
                percent(*train_accuracy)
            ),
            String::new(),
        ),
        Finding::StillLearning { fall } => (
            "Training ended early",
            format!("the training cost was still falling by {} an epoch", percent(*fall)),
            String::new(),
        ),
        Finding::Overfitting { split, train_accuracy, held_out_accuracy, best_epoch, rise } => {
            let (train, held) = (percent(*train_accuracy), percent(*held_out_accuracy));
            let accuracies =
                format!("{train} of the training samples are right, {held} of the {split} samples");
            let why = match best_epoch {
                Some(epoch) => format!(
                    "the {split} cost was lowest after epoch {epoch} and has risen by {} since, \
                     while the training cost fell: {accuracies}",
                    percent(*rise)
                ),
                None => format!("{accuracies}: it knows them by heart"),
            };
            ("The network overfits", why, "more or augmented training data help most".to_owned())
        }
        Finding::SaturatedUnits { layer, share } => (
            "Hidden units are saturated",
            format!(
                "in layer {layer}, {} of the activations stand where the activation function is \
                 flat: its slope, and so the gradient, is near 0 there, and such units hardly learn",
                percent(*share)
            ),
            "smaller initial weights or a lower learning rate keep z near 0".to_owned(),
        ),
        Finding::DeadUnits { layer, dead, units } => (
            "Hidden units are dead",
            format!(
                "{dead} of the {units} units of layer {layer} give no slope on any sample: no \
                 gradient reaches their weights, so they never come back"
            ),
            String::new(),
        ),
        Finding::StuckOutputs { classes } => (
            "Some classes are never recognised",
            format!(
                "not one sample of {} was recognised: their output units started where the \
                 activation function is flat, and no gradient has brought them back",
                list(classes, " and ")
            ),
            "another --seed may do, too".to_owned(),
        ),
        Finding::UnbalancedGradients { ratio } if *ratio < 1.0 => (
            "The gradient vanishes",
            format!(
                "the first layer's gradient is {:.0} times smaller than the last layer's: early \
                 layers hardly learn",
                1.0 / ratio
            ),
            String::new(),
        ),
        Finding::UnbalancedGradients { ratio } => (
            "The gradient explodes",
            format!("the first layer's gradient is {ratio:.0} times larger than the last layer's"),
            "smaller initial weights or a lower learning rate keep it in bounds".to_owned(),
        ),
        Finding::UnlikeTrainingData { brightness, behind } => {
            let mut why = Vec::new();
            if let Some(brightness) = brightness {
                let way = if *brightness > 0.0 { "brighter" } else { "darker" };
                why.push(format!(
                    "test samples are {way} than training samples by {:.1} standard deviations",
                    brightness.abs()
                ));
            }
            if let Some(behind) = behind {
                why.push(format!(
                    "test accuracy is {} points below validation accuracy, more than chance explains",
                    points(*behind)
                ));
            }
            (
                "Test data are unlike the training data",
                why.join("; "),
                "check that both were prepared alike (inverted, scaled, centred), or train on data \
                 like the test data"
                    .to_owned(),
            )
        }
    };
    (title.to_owned(), why, advice)
}

#[allow(clippy::too_many_lines, reason = "one arm a finding")]
fn spanish(finding: &Finding) -> (String, String, String) {
    let (title, why, advice) = match finding {
        Finding::LearningRateTooHigh { diverged: true, .. } => (
            "La tasa de aprendizaje es demasiado alta",
            "los pesos crecieron sin límite: pasos tan largos alejan del mínimo, cada uno más largo \
             que el anterior"
                .to_owned(),
            String::new(),
        ),
        Finding::LearningRateTooHigh { rises, of, best_cost, last_cost, .. } => (
            "La tasa de aprendizaje parece demasiado alta",
            format!(
                "el costo de entrenamiento subió en {rises} de {of} épocas y está en {last_cost:.4}, \
                 cuando el mejor fue {best_cost:.4}: pasos tan largos saltan por encima del mínimo"
            ),
            String::new(),
        ),
        Finding::LearningRateTooLow { fall, train_accuracy } => (
            "La tasa de aprendizaje parece demasiado baja",
            format!(
                "el costo de entrenamiento baja sin pausa, últimamente un {} por época, pero solo el \
                 {} de las muestras de entrenamiento son correctas: los pasos son cortos",
                percent(*fall),
                percent(*train_accuracy)
            ),
            String::new(),
        ),
        Finding::StillLearning { fall } => (
            "El entrenamiento terminó pronto",
            format!("el costo de entrenamiento aún bajaba un {} por época", percent(*fall)),
            String::new(),
        ),
        Finding::Overfitting { split, train_accuracy, held_out_accuracy, best_epoch, rise } => {
            let (train, held) = (percent(*train_accuracy), percent(*held_out_accuracy));
            let split = if *split == "validation" { "validación" } else { "prueba" };
            let accuracies =
                format!("acierta el {train} en entrenamiento y el {held} en {split}");
            let why = match best_epoch {
                Some(epoch) => format!(
                    "el costo de {split} fue mínimo tras la época {epoch} y desde entonces ha subido \
                     un {}, mientras el de entrenamiento bajaba: {accuracies}",
                    percent(*rise)
                ),
                None => format!("{accuracies}: las sabe de memoria"),
            };
            (
                "La red está sobreajustada",
                why,
                "lo que más ayuda son más datos de entrenamiento, o datos aumentados".to_owned(),
            )
        }
        Finding::SaturatedUnits { layer, share } => (
            "Hay neuronas ocultas saturadas",
            format!(
                "en la capa {layer}, el {} de las activaciones está donde la función de activación es \
                 plana: allí su pendiente, y con ella el gradiente, es casi 0, y esas neuronas apenas \
                 aprenden",
                percent(*share)
            ),
            "con pesos iniciales menores o una tasa de aprendizaje más baja, z queda cerca de 0"
                .to_owned(),
        ),
        Finding::DeadUnits { layer, dead, units } => (
            "Hay neuronas ocultas muertas",
            format!(
                "{dead} de las {units} neuronas de la capa {layer} no tienen pendiente con ninguna \
                 muestra: ningún gradiente llega a sus pesos, así que no se recuperan"
            ),
            String::new(),
        ),
        Finding::StuckOutputs { classes } => (
            "Hay clases que nunca se reconocen",
            format!(
                "no se reconoció ni una muestra de {}: sus neuronas de salida empezaron donde la \
                 función de activación es plana, y ningún gradiente las ha traído de vuelta",
                list(classes, " y ")
            ),
            "también puede bastar otra semilla, --seed".to_owned(),
        ),
        Finding::UnbalancedGradients { ratio } if *ratio < 1.0 => (
            "El gradiente se desvanece",
            format!(
                "el gradiente de la primera capa es {:.0} veces menor que el de la última: las \
                 primeras capas apenas aprenden",
                1.0 / ratio
            ),
            String::new(),
        ),
        Finding::UnbalancedGradients { ratio } => (
            "El gradiente explota",
            format!("el gradiente de la primera capa es {ratio:.0} veces mayor que el de la última"),
            "con pesos iniciales menores o una tasa de aprendizaje más baja se mantiene acotado"
                .to_owned(),
        ),
        Finding::UnlikeTrainingData { brightness, behind } => {
            let mut why = Vec::new();
            if let Some(brightness) = brightness {
                let way = if *brightness > 0.0 { "más claras" } else { "más oscuras" };
                why.push(format!(
                    "las muestras de prueba son {way} que las de entrenamiento, en {:.1} desviaciones \
                     típicas",
                    brightness.abs()
                ));
            }
            if let Some(behind) = behind {
                why.push(format!(
                    "la precisión en prueba está {} puntos por debajo de la de validación, más de lo \
                     que explica el azar",
                    points(*behind)
                ));
            }
            (
                "Los datos de prueba no se parecen a los de entrenamiento",
                why.join("; "),
                "comprueba que ambos se prepararon igual (invertidos, escalados, centrados), o entrena \
                 con datos como los de prueba"
                    .to_owned(),
            )
        }
    };
    (title.to_owned(), why, advice)
}

fn list(names: &[String], and: &str) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{}{and}{last}", first.join(", ")),
    }
}
