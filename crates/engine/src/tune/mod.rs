//! Finds what chains leave open:
//!
//! - the threshold of global pruning, by counting magnitudes;
//! - what a rule settles for all its tensors together, by asking each unit;
//! - the step of the whole model that meets a budget, by encoding: first samples of every unit, then everything, until the
//!   result is within the budget.
//!
//! The tuner says which jobs to run next; its driver runs them, in any order and on any thread, and returns their metas in
//! order. So the result depends on the input and the options alone.

mod budget;
mod extent;
mod power;
mod rank;
mod sample;
mod search;

use crate::EngineError;
use crate::assemble::{Assembler, EncodeJob, Knobs};
use crate::fault::invalid;
use crate::job::{BlockMeta, read_meta};
use crate::lossy::{Count, Measure, StreamLoss, together};
use crate::recipe::Target;
use budget::window;
use extent::Extent;
use power::power_of_two;
use rank::Ranks;
use search::{Search, Window};
use std::rc::Rc;
use tensorpress_kernels::floats::limit;
use tensorpress_transforms::{Open, Step, Survey, settle_chain};

/// Rounds over samples.
const MAX_SAMPLED: usize = 4;
/// Rounds over everything.
const MAX_FULL: usize = 12;
/// Decibels that a step twice as wide costs.
const DECIBELS_AN_OCTAVE: f64 = 6.020_599_913_279_624;
/// Bits that a step of the root mean square of Gaussian weights needs: log2(sqrt(2πe)).
const GAUSSIAN_BITS: f64 = 2.047_095_585_180_641;

/// What is done next.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Phase {
    /// How magnitudes are distributed, for a threshold of the whole model: roughly, then within one bin.
    Counting,
    Refining {
        bin: u16,
        rank: u64,
    },
    /// What the units of rules say whose tensors are settled together.
    Surveying,
    /// How large the weights are, from samples, or from everything where those hold nothing but zeros.
    Measuring {
        everything: bool,
    },
    /// Samples, encoded with the step.
    Sampling(usize),
    /// Everything, encoded with the step.
    Encoding(usize),
    Done,
}

/// Chooses the knobs of an assembler.
pub struct Tuner {
    phase: Phase,
    /// Nothing where there is only a threshold to be found.
    target: Option<Target>,
    /// Share of the weights that is to be below the threshold, and what was found.
    sparsity: Option<f64>,
    threshold: Option<f32>,
    ranks: Ranks,
    /// What was said about each such rule, by its number, and its chain; then the chains as they were settled.
    surveys: Vec<(usize, Survey)>,
    settled: Rc<Vec<(usize, Rc<Vec<Step>>)>>,
    /// The step where none is sought.
    step: Option<f32>,
    /// Where the search is: the logarithm of the step to base 2.
    x: f64,
    search: Search,
    /// The jobs of the round, and how many of them have come back.
    jobs: Vec<EncodeJob>,
    taken: usize,
    /// What the round has said so far of each stream; of exact ones only what they cost.
    losses: Vec<StreamLoss>,
    /// What it says of all streams together, once it has ended.
    measure: Measure,
    extent: Extent,
    /// What the exact streams cost; known after the first round over everything.
    exact: Option<u64>,
    /// Best point so far that keeps within the budget: what it gives, and where it is.
    best: Option<(f64, f64)>,
    smallest: f64,
}

impl Tuner {
    /// What has to be found out for an assembler's chains; `None` where nothing has.
    pub fn new(assembler: &Assembler) -> Option<Tuner> {
        let planned = assembler.planned();
        let recipe = planned.options.recipe.as_ref()?;
        let changed = planned.changed.iter().flatten();
        let (mut open, mut sparsity, mut surveys) = (false, None, Vec::new());
        for group in changed.clone().filter_map(|&tensor| planned.choices[tensor].group) {
            if surveys.iter().all(|(known, _)| *known != group) {
                surveys.push((group, Survey::default()));
            }
        }
        for step in changed.flat_map(|&tensor| &*planned.choices[tensor].chain) {
            match step.open() {
                Open::Nothing | Open::Together => {}
                Open::Step { .. } => open = true,
                Open::Threshold { sparsity: share } => sparsity = Some(f64::from(share)),
            }
        }
        let target = recipe.target().filter(|_| open);
        (target.is_some() || sparsity.is_some() || !surveys.is_empty()).then(|| {
            let mut tuner = Tuner {
                phase: Phase::Counting,
                target,
                sparsity,
                threshold: None,
                ranks: Ranks::default(),
                surveys,
                settled: Rc::default(),
                x: 0.0,
                search: Search::new(Window::default(), (0.0, 0.0), -1.0),
                step: assembler.knobs().step,
                jobs: Vec::new(),
                taken: 0,
                measure: Measure::default(),
                extent: Extent::NONE,
                losses: vec![StreamLoss::default(); planned.plan.streams.len()],
                exact: None,
                best: None,
                smallest: f64::INFINITY,
            };
            if tuner.sparsity.is_none() {
                tuner.end_counting(None);
            }
            tuner.jobs = tuner.jobs_of_phase(assembler);
            tuner
        })
    }

    /// The jobs to run next; none once the knobs are known.
    pub fn jobs(&self) -> &[EncodeJob] {
        &self.jobs
    }

    /// The knobs, once there are no more jobs.
    pub fn knobs(&self) -> Knobs {
        Knobs {
            step: match self.target {
                Some(_) => Some(power_of_two(self.x)),
                None => self.step,
            },
            threshold: self.threshold,
            settled: Rc::clone(&self.settled),
        }
    }

    /// Takes the metas of the next `count` jobs, in order; after the last one of a round there are other jobs.
    pub fn take(&mut self, assembler: &Assembler, count: usize, meta: &[u8]) -> Result<(), EngineError> {
        let metas = read_meta(meta)?;
        let end = self.taken.saturating_add(count);
        let jobs = self.jobs.get(self.taken..end);
        let jobs = jobs.ok_or_else(|| {
            invalid(
                "count",
                format!("{count} jobs, {} are left", self.jobs.len() - self.taken),
            )
        })?;
        let blocks: u64 = jobs.iter().map(|job| job.blocks).sum();
        if blocks != metas.len() as u64 {
            return Err(invalid("meta", format!("{} blocks, expected {blocks}", metas.len())));
        }
        let planned = assembler.planned();
        let mut metas = metas.iter();
        for job in jobs {
            let choice = planned.changed[job.stream].map(|tensor| &planned.choices[tensor]);
            let group = choice.and_then(|choice| choice.group);
            let losses = &mut self.losses[job.stream];
            for BlockMeta { len, loss, .. } in metas.by_ref().take(job.blocks as usize) {
                let Some(loss) = loss else {
                    losses.encoded += u64::from(*len);
                    continue;
                };
                losses.add(loss, *len);
                if let (Phase::Measuring { .. }, Some(choice)) = (self.phase, choice) {
                    self.extent.add(choice, &loss.measure);
                }
                if self.phase == Phase::Surveying {
                    let survey = self.surveys.iter_mut().find(|(of, _)| Some(*of) == group);
                    if let Some((_, survey)) = survey {
                        survey.add(&loss.counts, loss.measure.count);
                    }
                } else if !loss.counts.is_empty() {
                    self.ranks.add(&loss.counts);
                }
            }
        }
        self.taken = end;
        if self.taken == self.jobs.len() {
            self.end_round(assembler)?;
        }
        Ok(())
    }

    fn end_round(&mut self, assembler: &Assembler) -> Result<(), EngineError> {
        self.measure = together(&self.losses);
        match self.phase {
            Phase::Counting => {
                let ranks = std::mem::take(&mut self.ranks);
                // As many weights as a single tensor of that size would lose.
                let wanted = (self.sparsity.unwrap_or(0.0) * ranks.total() as f64 + 0.5) as u64;
                match ranks.locate(wanted) {
                    Some((bin, rank)) => self.phase = Phase::Refining { bin, rank },
                    None => self.end_counting(Some(f32::MAX)),
                }
            }
            Phase::Refining { bin, rank } => {
                let found = std::mem::take(&mut self.ranks).locate(rank);
                let low = found.map_or(0, |(low, _)| low);
                self.end_counting(Some(f32::from_bits(u32::from(bin) << 16 | u32::from(low))));
            }
            Phase::Surveying => self.settle(assembler),
            Phase::Measuring { everything } => self.begin_search(everything),
            Phase::Sampling(round) => {
                let y = self.value(assembler);
                self.search.add(self.x, y);
                let next = self
                    .search
                    .next()
                    .filter(|_| !self.search.window.holds(y) && round < MAX_SAMPLED);
                if let Some(next) = next {
                    self.x = next;
                    self.phase = Phase::Sampling(round + 1);
                } else {
                    // The slope that samples show holds for everything, but their values do not.
                    self.search = Search::new(self.search.window, self.search.ends, self.search.slope);
                    self.phase = Phase::Encoding(1);
                }
            }
            Phase::Encoding(round) => self.end_full_round(assembler, round)?,
            Phase::Done => {}
        }
        self.jobs = self.jobs_of_phase(assembler);
        self.taken = 0;
        self.losses.fill(StreamLoss::default());
        if self.jobs.is_empty() {
            self.phase = Phase::Done;
        }
        Ok(())
    }

    fn jobs_of_phase(&self, assembler: &Assembler) -> Vec<EncodeJob> {
        let knobs = &self.knobs();
        match self.phase {
            Phase::Done => Vec::new(),
            Phase::Counting => sample::counting_jobs(assembler, Count::Bins, knobs),
            Phase::Refining { bin, .. } => sample::counting_jobs(assembler, Count::Within(bin), knobs),
            Phase::Surveying => sample::counting_jobs(assembler, Count::Survey, knobs),
            Phase::Measuring { everything } => sample::jobs(assembler, None, everything),
            Phase::Sampling(_) => sample::jobs(assembler, Some(knobs), false),
            Phase::Encoding(_) => sample::all_jobs(assembler, knobs, self.exact.is_none()),
        }
    }

    fn end_counting(&mut self, threshold: Option<f32>) {
        self.threshold = threshold;
        self.phase = match self.surveys[..] {
            [] => self.phase_of_search(),
            _ => Phase::Surveying,
        };
    }

    fn phase_of_search(&self) -> Phase {
        match self.target {
            Some(_) => Phase::Measuring { everything: false },
            None => Phase::Done,
        }
    }

    /// Settles the chains of rules whose units have all been asked.
    fn settle(&mut self, assembler: &Assembler) {
        let surveys = std::mem::take(&mut self.surveys);
        let settled = surveys.iter().filter_map(|(group, survey)| {
            let mut choices = assembler.planned().choices.iter();
            let choice = choices.find(|choice| choice.group == Some(*group))?;
            Some((*group, Rc::new(settle_chain(&choice.chain, survey))))
        });
        self.settled = Rc::new(settled.collect());
        self.phase = self.phase_of_search();
    }

    /// Where to begin, from the size of the weights alone.
    fn begin_search(&mut self, everything: bool) {
        let Some(size) = self.extent.mean() else {
            // Nothing but zeros, or what is stored exactly anyway: no step is better than another.
            self.phase = if everything {
                Phase::Done
            } else {
                Phase::Measuring { everything: true }
            };
            return;
        };
        let ends = self.extent.ends();
        let Some(target) = self.target else {
            self.phase = Phase::Done;
            return;
        };
        let (slope, start) = match target {
            Target::Sqnr(decibels) | Target::TensorSqnr(decibels) => {
                let octaves = decibels / DECIBELS_AN_OCTAVE;
                (-DECIBELS_AN_OCTAVE, size + libm::log2(12.0) / 2.0 - octaves)
            }
            Target::Bits(bits) => (-1.0, size + GAUSSIAN_BITS - bits),
            // Unknown until the exact streams are encoded: 4 bits are a start in the middle.
            Target::Bytes(_) => (-1.0, size + GAUSSIAN_BITS - 4.0),
        };
        self.search = Search::new(window(target), ends, slope);
        self.x = limit(start, ends.0, ends.1);
        self.phase = match target {
            Target::Bytes(_) => Phase::Encoding(1),
            _ => Phase::Sampling(1),
        };
    }

    fn end_full_round(&mut self, assembler: &Assembler, round: usize) -> Result<(), EngineError> {
        if self.exact.is_none() {
            self.exact = Some(self.bytes(assembler, |lossy| !lossy));
            if let Some(Target::Bytes(bytes)) = self.target {
                self.search.window = self.byte_window(assembler, bytes)?;
            }
        }
        let y = self.value(assembler);
        let window = self.search.window;
        self.search.add(self.x, y);
        self.smallest = self.smallest.min(y);
        // A size must not exceed its limit, and a quality must be reached. Of the points that do so, the nearest is best.
        let allowed = match self.target {
            Some(Target::Bytes(_)) => y <= window.high,
            Some(Target::Sqnr(_) | Target::TensorSqnr(_)) => y >= window.low,
            Some(Target::Bits(_)) | None => true,
        };
        let distance = (y - window.aim).abs();
        if allowed && self.best.is_none_or(|(best, _)| distance < best) {
            self.best = Some((distance, self.x));
        }
        let next = self.search.next().filter(|_| !window.holds(y) && round < MAX_FULL);
        if let Some(next) = next {
            self.x = next;
            self.phase = Phase::Encoding(round + 1);
            return Ok(());
        }
        self.phase = Phase::Done;
        match (self.best, self.target) {
            (Some((_, x)), _) => self.x = x,
            (None, Some(Target::Bytes(bytes))) => return Err(self.too_small(assembler, bytes)),
            // Nearly always so fine that all is exact.
            (None, _) => self.x = self.search.ends.0,
        }
        Ok(())
    }
}
