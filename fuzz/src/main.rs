//! Fuzz driver on stable Rust: mutates valid inputs and stops at the first that panics, hangs,
//! allocates beyond a cap or breaks a promise of its target.

mod case;
mod driver;
mod guard;
mod mutate;
mod random;
mod seeds;
mod targets;

use std::path::PathBuf;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: guard::Counting = guard::Counting;

const USAGE: &str = "usage: tensorpress-fuzz [--seconds N] [--seed N] TARGET | all
       tensorpress-fuzz --replay FILE TARGET

  --seconds N   how long each target runs (default 60)
  --seed N      start of the random sequence (default: from the clock); the same seed gives the same inputs
  --replay FILE run one saved input

Inputs that break something are written to fuzz/crashes/.";

fn main() -> ExitCode {
    match options().and_then(|options| driver::main(&options)) {
        Ok(clean) => ExitCode::from(u8::from(!clean)),
        Err(message) => {
            eprintln!("{message}\n\n{USAGE}\n\ntargets: {}", names());
            ExitCode::from(2)
        }
    }
}

fn names() -> String {
    let names: Vec<&str> = targets::ALL.iter().map(|target| target.name).collect();
    names.join(" ")
}

/// What the command line asks for.
pub struct Options {
    /// The targets to run.
    pub targets: Vec<&'static targets::Target>,
    /// Seconds for each.
    pub seconds: u64,
    /// Start of the random sequence.
    pub seed: u64,
    /// A saved input to run instead.
    pub replay: Option<PathBuf>,
}

fn options() -> Result<Options, String> {
    let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let mut options = Options {
        targets: Vec::new(),
        seconds: 60,
        seed: clock.map_or(1, |time| time.as_secs()),
        replay: None,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
        let number = |text: String| text.parse().map_err(|_| format!("{text:?} is not a number"));
        match argument.as_str() {
            "--seconds" => options.seconds = number(value()?)?,
            "--seed" => options.seed = number(value()?)?,
            "--replay" => options.replay = Some(value()?.into()),
            "all" => options.targets.extend(&targets::ALL),
            name => match targets::find(name) {
                Some(target) => options.targets.push(target),
                None => return Err(format!("no target or option {name:?}")),
            },
        }
    }
    if options.targets.is_empty() {
        return Err("no target given".to_owned());
    }
    Ok(options)
}
