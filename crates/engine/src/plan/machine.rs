//! A sans-I/O computation: it says which bytes it needs, is supplied with them, and at last gives its result.

use crate::EngineError;
use crate::fault::{invalid, truncated};
use tensorpress_formats::{Mapper, Need, Progress};
use tensorpress_json::{ToJson, write_form, write_name};

/// What a sans-I/O machine says when polled: `{"need":[{…}]}` or `"done"`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename_all = "lowercase"))]
pub enum Step {
    /// Supply all of these bytes, one behind the other, then poll again.
    Need(Vec<Need>),
    /// Call `finish`.
    Done,
}

impl ToJson for Step {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Step::Need(needs) => write_form("need", |out| needs.write(out), out),
            Step::Done => write_name("done", out),
        }
    }
}

/// Drives one sans-I/O computation and keeps its result.
pub(crate) struct Machine<T> {
    mapper: Mapper<Result<T, EngineError>>,
    /// What was asked for and not supplied.
    needs: Vec<Need>,
    result: Option<Result<T, EngineError>>,
}

impl<T> Machine<T> {
    pub(crate) fn new(mapper: Mapper<Result<T, EngineError>>) -> Self {
        Machine {
            mapper,
            needs: Vec::new(),
            result: None,
        }
    }

    pub(crate) fn poll(&mut self) -> Step {
        if self.result.is_some() {
            return Step::Done;
        }
        // Polled twice without supply: the same needs again.
        if self.needs.is_empty() {
            match self.mapper.poll() {
                Progress::Need(needs) => self.needs = needs,
                Progress::Done(result) => {
                    self.result = Some(result);
                    return Step::Done;
                }
            }
        }
        Step::Need(self.needs.clone())
    }

    pub(crate) fn supply(&mut self, mut bytes: Vec<u8>) -> Result<(), EngineError> {
        if self.needs.is_empty() {
            return Err(invalid("supply", "nothing was asked for"));
        }
        let mut needs = std::mem::take(&mut self.needs);
        let len = needs.iter().map(|need| need.len).sum();
        if bytes.len() as u64 != len {
            return Err(truncated("input", len, bytes.len() as u64));
        }
        while let Some(need) = needs.pop() {
            let own = bytes.split_off(bytes.len() - need.len as usize);
            self.mapper.supply(need, own);
        }
        Ok(())
    }

    pub(crate) fn finish(self) -> Result<T, EngineError> {
        self.result
            .unwrap_or_else(|| Err(invalid("finish", "called before poll said done")))
    }
}
