//! `nn-cli serve`: the lab in the browser.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener, ToSocketAddrs};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use nn_core::{Cost, Model, NetworkBuilder};
use nn_data::Dataset;
use nn_lab::{Lab, LabData, LabError, Limits, Server};
use nn_train::fit_preprocessing;
use serde::Serialize;

use crate::Exit;
use crate::args::parse::DataChoice;
use crate::args::serve::ServeArgs;
use crate::commands::evaluate::data_settings;
use crate::commands::train::signals::Signals;
use crate::committee::Committee;
use crate::data_source;
use crate::failure::Failure;
use crate::output::json;
use crate::output::records::SCHEMA;
use crate::settings::{DataSettings, threads};
use crate::streams::{Streams, one_line};

/// Seed of the network a lab without a model starts with.
const SEED: u64 = 3;

/// How often signals are looked for.
const LOOK: Duration = Duration::from_millis(50);

/// Where the lab is.
#[derive(Debug, Serialize)]
struct Listening {
    event: &'static str,
    schema: u32,
    url: String,
}

/// Runs the command.
pub(crate) fn run(args: &ServeArgs, json: bool, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let address = address(args)?;
    let committee = args.model.as_ref().map(|path| Committee::load([path])).transpose()?;
    if let Some(committee) = &committee {
        committee.check_classes("serve")?;
    }
    // The port is taken before the data are loaded: it is sooner known that it can't be had.
    let listener = TcpListener::bind(address).map_err(|error| cannot_listen(address, &error))?;
    let settings = match &committee {
        Some(committee) => data_settings(&args.data, committee)?,
        None => DataSettings::resolve(&args.data, DataChoice::Mnist),
    };
    let data = data_source::load(&settings, streams)?;
    let model = match &committee {
        Some(committee) => {
            committee.check_data(&data.test, &data.name)?;
            committee.first().clone()
        }
        None => untrained(&data.name, &data.train)?,
    };
    streams.say(format!("{} on {}", one_line(&model.network.to_string()), one_line(&data.name)));
    let data = LabData::new(data.name, data.key, data.train, data.validation, data.test);
    let lab = Lab::new(model, data, threads(&args.machine)).map_err(lab_failure)?;
    let own = args.host.parse::<IpAddr>().is_err().then(|| args.host.clone());
    let server = Server::new(listener, lab, args.public, own, Limits::default());
    let server = server.map_err(|error| cannot_listen(address, &error))?;
    let signals = Signals::catch()?;
    let url = format!("http://{}/", server.address());
    if json {
        json::line(&Listening { event: "listening", schema: SCHEMA, url }, streams);
    } else {
        streams.line(url);
    }
    streams.flush();
    streams.say("Ctrl-C stops it");
    serve(server, &signals).map_err(|error| Failure::of(Exit::Io, "cannot serve", &error))?;
    streams.say("stopped");
    Ok(())
}

/// Serves until a signal comes.
fn serve(server: Server, signals: &Signals) -> io::Result<()> {
    let (stopper, over) = (server.stopper(), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let look = scope.spawn(|| {
            while !over.load(Ordering::Acquire) {
                if signals.caught().is_some() {
                    stopper.stop();
                    return;
                }
                std::thread::park_timeout(LOOK);
            }
        });
        let done = server.run();
        over.store(true, Ordering::Release);
        look.thread().unpark();
        done
    })
}

/// The address to listen on; one that others can reach only if that was asked for.
fn address(args: &ServeArgs) -> Result<SocketAddr, Failure> {
    let host = args.host.trim_start_matches('[').trim_end_matches(']');
    let mut addresses = (host, args.port).to_socket_addrs().map_err(|error| {
        Failure::of(Exit::Usage, format!("--host {}", args.host), &error)
            .hint("give an address or a name of this machine, such as 127.0.0.1")
    })?;
    let Some(address) = addresses.next() else {
        let message = format!("--host {}: the name has no address", args.host);
        return Err(Failure::new(Exit::Usage, message));
    };
    if !address.ip().is_loopback() && !args.public {
        let message = format!(
            "--host {}: expected this machine's own address, found a public one",
            args.host
        );
        return Err(Failure::new(Exit::Usage, message)
            .hint("add --public to let everyone who can reach this machine use the lab"));
    }
    Ok(address)
}

fn cannot_listen(address: SocketAddr, error: &io::Error) -> Failure {
    let failure = Failure::of(Exit::Io, format!("cannot listen on {address}"), error);
    match error.kind() {
        io::ErrorKind::AddrInUse => failure.hint("choose another port with --port, or 0 for any"),
        io::ErrorKind::PermissionDenied => failure.hint("choose a port above 1023 with --port"),
        _ => failure,
    }
}

/// The book's first network, for these data.
fn untrained(name: &str, train: &Dataset) -> Result<Model<f32>, Failure> {
    if train.values().is_some() {
        let message = format!("{name}: expected classes to serve, found numbers to predict");
        return Err(Failure::new(Exit::Data, message)
            .hint("`nn-cli train`, `report` and `explain` are for numbers, too"));
    }
    let sizes = [train.num_features(), 30, train.num_classes()];
    let model = Model::new(NetworkBuilder::new(&sizes).build(SEED)?, Cost::Quadratic);
    let mut model = fit_preprocessing(model, train);
    model.provenance.seed = SEED;
    Ok(model)
}

fn lab_failure(error: LabError) -> Failure {
    match error {
        LabError::Train(error) => error.into(),
        error => Failure::new(Exit::Data, error).hint("name other data with --data"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nn_core::Normalization;
    use nn_data::formats::{TableOptions, parse_table};

    #[test]
    fn a_table_without_a_model_is_standardised() {
        let text = "a,b,kind\n100,1,x\n200,2,y\n300,4,x\n";
        let table = parse_table("t", text.as_bytes(), &TableOptions::default(), None).unwrap().0;
        let model = untrained("t", &table).unwrap();
        let Normalization::Standardize { means, .. } = &model.normalization else {
            panic!("found {:?}", model.normalization)
        };
        assert_eq!(means[0], 200.0);
        assert_eq!(model.columns.len(), 2);
    }
}
