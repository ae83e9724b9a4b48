//! The live grid of one window: which streams it watches, who decodes them, and what is handed to the window next.

use crate::ear::Ear;
use crate::engine::Inner;
use crate::governor::SessionGovernor;
use crate::picture_watch::{self, Eye, Sight};
use crate::pull::Viewer;
use crate::settings::Settings;
use crate::vm::governor::GovernorDecisionVm;
use crate::vm::live::MetricsVm;
use crate::{Result, UserError};
use atalaya_model::camera::Role;
use atalaya_model::governor::{Ruling, Sluice};
use atalaya_model::live::{DecodePath, Grid, PathReason, View, WebviewAbility, choose_path};
use atalaya_model::media::{AudioFormat, AudioUnit, VideoFormat, VideoUnit};
use atalaya_model::picture_watch::Signature;
use atalaya_model::ports::{ComposedGrid, Composition};
use atalaya_model::time::WallTime;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::mem;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Interval, MissedTickBehavior, interval};

/// The slowest and fastest that a composed grid is painted. Painting costs a machine without a graphics processor
/// more than decoding: as often as the fastest stream changes is often enough.
const TICKS: std::ops::RangeInclusive<u32> = 5..=30;

/// The rate assumed of a stream that declares none.
const USUAL_FPS: u32 = 15;

/// Pictures that wait for the window. More than this, and its stream is about to leave some out.
const BEHIND: usize = 64;

/// What the window gets next.
#[derive(Debug)]
pub enum LivePacket {
    /// Who decodes from now on.
    Path(DecodePath, PathReason),
    /// A tile's stream has this format from its next unit on (webview path).
    Format {
        /// How many grids were set before it, this one included.
        grid: u32,
        /// Index of the tile.
        tile: usize,
        /// The format.
        format: Arc<VideoFormat>,
    },
    /// A coded picture of a tile (webview path).
    Unit {
        /// How many grids were set before it, this one included.
        grid: u32,
        /// Index of the tile.
        tile: usize,
        /// The picture.
        unit: VideoUnit,
    },
    /// The whole grid as one picture (native path).
    Composed {
        /// How many grids were set before it, this one included.
        grid: u32,
        /// The picture.
        composed: ComposedGrid,
    },
    /// A tile's sound has this format from its next packet on.
    AudioFormat {
        /// How many grids were set before it, this one included.
        grid: u32,
        /// Index of the tile.
        tile: usize,
        /// The format.
        format: Arc<AudioFormat>,
    },
    /// Coded sound of a tile.
    Audio {
        /// How many grids were set before it, this one included.
        grid: u32,
        /// Index of the tile.
        tile: usize,
        /// The sound.
        unit: AudioUnit,
        /// When a picture taken at its beginning is received, as near as can be told.
        moment: WallTime,
    },
    /// A tile that was listened to has no sound, and is no longer listened to.
    NoAudio {
        /// How many grids were set before it, this one included.
        grid: u32,
        /// Index of the tile.
        tile: usize,
        /// Why what the camera offers is left out; none when it offers nothing.
        note: Option<Arc<str>>,
    },
    /// What is not decoded in full from now on.
    Governor {
        /// How many grids were set before it, this one included.
        grid: u32,
        /// These tiles; each other one is in full.
        tiles: Vec<(usize, Ruling)>,
    },
}

/// What a tile of a window showed.
#[derive(Debug, Clone, Copy)]
pub struct TileSignature<'a> {
    /// Index of the tile.
    pub tile: usize,
    /// Pictures painted since the tile's signature before.
    pub pictures: u32,
    /// What the last one looked like.
    pub luma: &'a Signature,
}

/// Opens live sessions and reads figures.
pub struct Live {
    engine: Arc<Inner>,
}

impl Live {
    pub(crate) fn new(engine: Arc<Inner>) -> Self {
        Self { engine }
    }

    /// Starts a window's session.
    pub async fn open(&self, ability: WebviewAbility) -> LiveSession {
        let settings = Settings::new(self.engine.clone()).get().await.unwrap_or_default();
        self.engine.machine.set_limit(settings.processor_limit);
        let (path, reason) = choose_path(settings.live_path.parse().ok(), ability);
        let mut session = LiveSession {
            engine: self.engine.clone(),
            id: self.engine.pictures.session(),
            governor: SessionGovernor::new(self.engine.clone()),
            grid: Grid::default(),
            generation: 0,
            tiles: Vec::new(),
            ears: Vec::new(),
            next_tile: 0,
            path,
            waiting: VecDeque::from([LivePacket::Path(path, reason)]),
            composition: None,
            tick: ticker(USUAL_FPS),
        };
        session.start_path();
        session
    }

    /// What was decoded less or more, and why; the oldest first.
    pub fn decisions(&self) -> Vec<GovernorDecisionVm> {
        self.engine.decisions.list()
    }

    /// Watches one stream and tells its figures every half second until the receiver is dropped.
    pub async fn watch(&self, camera: &str, role: Role, mut tell: impl FnMut(MetricsVm)) -> Result<()> {
        let camera = self.engine.find_enabled(camera).await?;
        let pull = self.engine.pull(&camera, role);
        let mut viewer = pull.watch().await;
        let mut reports = pull.reports();
        loop {
            tokio::select! {
                unit = viewer.recv() => if unit.is_none() { return Ok(()) },
                changed = reports.changed() => {
                    if changed.is_err() { return Ok(()) }
                    reports.borrow_and_update();
                    tell(pull.metrics(self.engine.ports.clock.mono()));
                }
            }
        }
    }
}

struct TileFeed {
    viewer: Viewer,
    format: Option<Arc<VideoFormat>>,
    sluice: Sluice,
    /// Key units that came. What is left out of the first group says nothing: it came all at once.
    keys: u32,
    /// The composition was behind: nothing is fed before the next key unit.
    skipping: bool,
    /// Key units since the window said what the tile looks like.
    keys_since: u32,
}

/// One window's live session.
pub struct LiveSession {
    engine: Arc<Inner>,
    /// Tells it from other windows' sessions.
    id: u64,
    governor: SessionGovernor,
    grid: Grid,
    generation: u32,
    tiles: Vec<Option<TileFeed>>,
    ears: Vec<Ear>,
    /// Whose turn it is: a busy tile must not keep the others waiting.
    next_tile: usize,
    path: DecodePath,
    waiting: VecDeque<LivePacket>,
    composition: Option<Box<dyn Composition>>,
    tick: Interval,
}

impl LiveSession {
    /// Shows these tiles from now on, in silence. A stream that was shown before goes on without a new connection.
    pub async fn set_grid(&mut self, grid: Grid) -> Result<()> {
        grid.validate()?;
        self.tiles = feeds(&self.engine, &grid, self.governor.is_hidden()).await?;
        self.ears.clear();
        self.grid = grid;
        self.generation = self.generation.wrapping_add(1);
        self.governor.set_grid(&self.grid);
        self.tell_rulings();
        if let Some(composition) = &mut self.composition {
            composition.set_grid(&self.grid);
        }
        Ok(())
    }

    /// Listens to these tiles and to no others, until the next grid. What is no tile is passed over.
    pub async fn listen(&mut self, tiles: &[u32]) -> Result<()> {
        let cameras = self.engine.ports.cameras.list().await.map_err(UserError::from)?;
        let is_asked = |index: usize| tiles.iter().any(|&tile| tile as usize == index);
        self.ears.retain(|ear| is_asked(ear.tile));
        for (index, tile) in self.grid.tiles.iter().enumerate().filter(|&(index, _)| is_asked(index)) {
            let camera = cameras.iter().find(|camera| camera.id == tile.camera && camera.enabled);
            if let Some(camera) = camera.filter(|_| self.ears.iter().all(|ear| ear.tile != index)) {
                self.ears.push(Ear::new(&self.engine, index, camera.clone(), tile.role));
            }
        }
        Ok(())
    }

    /// The user is at this tile, until the next grid.
    pub fn set_focus(&mut self, tile: Option<usize>) {
        self.governor.set_focus(tile);
        self.tell_rulings();
    }

    /// Whether nobody can see the window: its streams are let go, and come back where they are.
    pub async fn set_hidden(&mut self, hidden: bool) -> Result<()> {
        if hidden != self.governor.is_hidden() {
            self.tiles = feeds(&self.engine, &self.grid, hidden).await?;
            self.governor.set_hidden(hidden);
            self.tell_rulings();
        }
        Ok(())
    }

    /// The webview's decoders left so many pictures out to catch up.
    pub fn behind(&mut self, pictures: u32) {
        self.governor.left_out(pictures);
    }

    fn tell_rulings(&mut self) {
        if let Some(tiles) = self.governor.news() {
            self.waiting.push_back(LivePacket::Governor { grid: self.generation, tiles });
        }
    }

    /// Shows this part of a tile's picture, until the next grid. The webview crops by itself what it decodes.
    pub fn set_view(&mut self, tile: usize, view: View) {
        if let Some(composition) = &mut self.composition {
            composition.set_view(tile, view);
        }
    }

    /// Takes in what tiles of a grid looked like; of an older grid than the last one it means nothing.
    pub fn take_signatures<'a>(&mut self, grid: u32, tiles: impl IntoIterator<Item = TileSignature<'a>>) {
        if grid != self.generation {
            return;
        }
        for TileSignature { tile, pictures, luma } in tiles {
            let Some(Some(feed)) = self.tiles.get_mut(tile).filter(|_| pictures > 0) else { continue };
            let camera = self.grid.tiles[tile].camera;
            let eye = Eye { session: self.id, grid, tile };
            let sight = Sight { pictures, keys: mem::take(&mut feed.keys_since), luma };
            picture_watch::take(&self.engine, camera, eye, &sight);
        }
    }

    /// The webview's decoders take pictures in and give none back: this program decodes from now on.
    pub async fn stalled(&mut self) -> Result<()> {
        if self.path == DecodePath::Native {
            return Ok(());
        }
        self.path = DecodePath::Native;
        self.waiting.push_back(LivePacket::Path(self.path, PathReason::Watchdog));
        self.start_path();
        self.tiles = feeds(&self.engine, &self.grid, self.governor.is_hidden()).await?;
        Ok(())
    }

    fn start_path(&mut self) {
        self.composition = match self.path {
            DecodePath::Webview => None,
            DecodePath::Native => {
                let mut composition = self.engine.ports.compositor.start();
                composition.set_grid(&self.grid);
                Some(composition)
            }
        };
    }

    /// Waits for what the window gets next. Dropping the future loses nothing.
    pub async fn next(&mut self) -> LivePacket {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<LivePacket> {
        if self.governor.poll(cx) {
            self.tell_rulings();
        }
        loop {
            if let Some(packet) = self.waiting.pop_front() {
                return Poll::Ready(packet);
            }
            self.poll_ears(cx);
            if !self.waiting.is_empty() {
                continue;
            }
            let Some((index, unit)) = self.poll_unit(cx) else { break };
            self.take(index, unit);
        }
        let generation = self.generation;
        if let Some(composition) = &mut self.composition
            && !self.governor.is_hidden()
            && self.tick.poll_tick(cx).is_ready()
        {
            // Polled until it is pending, so that the next tick wakes this task.
            while self.tick.poll_tick(cx).is_ready() {}
            if let Some(composed) = composition.compose() {
                return Poll::Ready(LivePacket::Composed { grid: generation, composed });
            }
        }
        Poll::Pending
    }

    /// Sound is small, and its gaps are noticed first: it goes before pictures, one packet of each ear at a time.
    fn poll_ears(&mut self, cx: &mut Context<'_>) {
        let (engine, grid, waiting) = (&self.engine, self.generation, &mut self.waiting);
        self.ears.retain_mut(|ear| ear.poll(engine, grid, waiting, cx));
    }

    fn poll_unit(&mut self, cx: &mut Context<'_>) -> Option<(usize, VideoUnit)> {
        for offset in 0..self.tiles.len() {
            let index = (self.next_tile + offset) % self.tiles.len();
            let Some(feed) = &mut self.tiles[index] else { continue };
            match feed.viewer.poll_recv(cx) {
                Poll::Ready(Some(unit)) => {
                    self.next_tile = index + 1;
                    return Some((index, unit));
                }
                // The camera was removed.
                Poll::Ready(None) => self.tiles[index] = None,
                Poll::Pending => {}
            }
        }
        None
    }

    fn take(&mut self, index: usize, unit: VideoUnit) {
        let Some(feed) = &mut self.tiles[index] else { return };
        feed.keys = feed.keys.saturating_add(u32::from(unit.key));
        if !feed.sluice.admits(self.governor.mode(index), unit.key, unit.received) {
            return;
        }
        let new_format = feed.format.as_ref().is_none_or(|format| !Arc::ptr_eq(format, &unit.format));
        if new_format {
            feed.format = Some(unit.format.clone());
        }
        feed.keys_since = feed.keys_since.saturating_add(unit.key.into());
        let settled = feed.keys > 1;
        let late = match &mut self.composition {
            None => {
                if new_format {
                    let format = unit.format.clone();
                    self.waiting.push_back(LivePacket::Format { grid: self.generation, tile: index, format });
                }
                self.waiting.push_back(LivePacket::Unit { grid: self.generation, tile: index, unit });
                feed.viewer.len() > BEHIND
            }
            Some(composition) => {
                if !feed.skipping || unit.key {
                    feed.skipping = !composition.feed(index, unit);
                }
                let skipping = feed.skipping;
                if new_format {
                    self.tick = ticker(self.fastest());
                }
                skipping
            }
        };
        if settled {
            self.governor.offered(late);
        }
    }

    /// Pictures a second of the fastest stream shown.
    fn fastest(&self) -> u32 {
        let declared = |feed: &TileFeed| {
            feed.format.as_ref().and_then(|f| f.declared_fps_milli).map(|f| f.div_ceil(1000))
        };
        self.tiles.iter().flatten().map(|feed| declared(feed).unwrap_or(USUAL_FPS)).max().unwrap_or(USUAL_FPS)
    }
}

/// Starts to watch what a grid shows; nothing of it while nobody can see the window.
async fn feeds(engine: &Arc<Inner>, grid: &Grid, hidden: bool) -> Result<Vec<Option<TileFeed>>> {
    let mut tiles = Vec::with_capacity(grid.tiles.len());
    if hidden {
        return Ok(tiles);
    }
    let cameras = engine.ports.cameras.list().await.map_err(UserError::from)?;
    for tile in &grid.tiles {
        let shown = cameras.iter().find(|camera| camera.id == tile.camera && camera.enabled);
        let feed = match shown {
            Some(camera) => Some(TileFeed {
                viewer: engine.pull(camera, tile.role).watch().await,
                format: None,
                sluice: Sluice::default(),
                keys: 0,
                keys_since: 0,
                skipping: false,
            }),
            // Removed or switched off while the window still shows it: the tile stays dark.
            None => None,
        };
        tiles.push(feed);
    }
    Ok(tiles)
}

fn ticker(fps: u32) -> Interval {
    let mut tick = interval(Duration::from_secs(1) / fps.clamp(*TICKS.start(), *TICKS.end()));
    tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
    tick
}
