//! The computer's load through sysinfo. Decides nothing by it.

use atalaya_model::machine::{Load, MachineLoad};
use atalaya_model::ports::BoxFuture;
use atalaya_model::{Error, Kind, Result};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use sysinfo::{MemoryRefreshKind, Pid, ProcessRefreshKind, ProcessesToUpdate, System};

/// The processes that this one started are looked for at every so many readings: it takes a look at all there are.
const TREE_EVERY: u32 = 10;

/// The load as the operating system tells it.
#[derive(Default)]
pub struct SystemLoad {
    readings: Arc<Mutex<Readings>>,
}

impl MachineLoad for SystemLoad {
    fn read(&self) -> BoxFuture<'_, Result<Load>> {
        let readings = Arc::clone(&self.readings);
        Box::pin(async move {
            tokio::task::spawn_blocking(move || {
                // A panic leaves figures behind that the next reading replaces.
                readings.lock().unwrap_or_else(PoisonError::into_inner).next()
            })
            .await
            .map_err(|cause| Error::new(Kind::Internal, "reading the load panicked").caused_by(cause))
        })
    }
}

/// What one reading keeps for the next.
#[derive(Default)]
struct Readings {
    /// Made at the first reading, since most commands of the command line need none.
    system: Option<System>,
    /// This process and the ones it started.
    tree: Vec<Pid>,
    count: u32,
}

impl Readings {
    fn next(&mut self) -> Load {
        if self.count.is_multiple_of(TREE_EVERY) {
            self.tree = process_tree();
        }
        self.count = self.count.wrapping_add(1);
        let tree = &self.tree;
        let system = self.system.get_or_insert_with(|| {
            let mut system = System::new();
            refresh(&mut system, tree);
            // Use is measured between two looks.
            std::thread::sleep(sysinfo::MINIMUM_CPU_UPDATE_INTERVAL);
            system
        });
        refresh(system, tree);
        let cores = system.cpus().len().max(1);
        let own = || tree.iter().filter_map(|pid| system.process(*pid));
        let share = |percent: f32| (f64::from(percent) / 100.0).clamp(0.0, 1.0);
        Load {
            processor: share(system.global_cpu_usage()),
            processor_own: share(own().map(sysinfo::Process::cpu_usage).sum::<f32>() / cores as f32),
            cores: cores as u32,
            memory_total: system.total_memory(),
            memory_available: system.available_memory(),
            memory_own: own().map(sysinfo::Process::memory).sum(),
        }
    }
}

fn refresh(system: &mut System, tree: &[Pid]) {
    system.refresh_cpu_usage();
    system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
    let figures = ProcessRefreshKind::nothing().without_tasks().with_cpu().with_memory();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(tree), true, figures);
}

/// This process and all that descend from it. Seen through a [`System`] of its own, which keeps a file open for each
/// process it knows.
fn process_tree() -> Vec<Pid> {
    let mut all = System::new();
    let parents_only = ProcessRefreshKind::nothing().without_tasks();
    all.refresh_processes_specifics(ProcessesToUpdate::All, true, parents_only);
    let mut tree = BTreeSet::from([Pid::from_u32(std::process::id())]);
    loop {
        let before = tree.len();
        for (pid, process) in all.processes() {
            if process.thread_kind().is_none()
                && process.parent().is_some_and(|parent| tree.contains(&parent))
            {
                tree.insert(*pid);
            }
        }
        if tree.len() == before {
            return tree.into_iter().collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn tells_of_this_process_on_this_computer() {
        let machine = SystemLoad::default();
        for _ in 0..2 {
            let load = machine.read().await.expect("a reading");
            let shares = [load.processor, load.processor_own];
            assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)), "{load:?}");
            assert!(load.cores >= 1 && load.memory_own > 1 << 20, "{load:?}");
            assert!(load.memory_available <= load.memory_total && load.memory_own < load.memory_total);
        }
    }
}
