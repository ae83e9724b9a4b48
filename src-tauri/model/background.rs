//! What a program that goes on without a window asks of the desktop: to stay awake, to tell people, to start with the
//! session; and when closing and quitting are asked about. Must not know how any desktop does it.

use crate::error::Result;
use crate::ports::BoxFuture;
use alloc::boxed::Box;
use core::any::Any;

/// Keeps the computer from falling asleep.
pub trait SleepBlock: Send + Sync {
    /// Holds sleep off until what is answered is dropped. `why` is for a person who asks the system who holds it.
    fn hold<'a>(&'a self, why: &'a str) -> BoxFuture<'a, Result<Box<dyn Any + Send + Sync>>>;
}

/// Tells the person at this computer something, whether or not a window is open.
pub trait Notifier: Send + Sync {
    /// Shows a notification. Both texts are plain.
    fn notify<'a>(&'a self, title: &'a str, text: &'a str) -> BoxFuture<'a, Result<()>>;
}

/// Whether this program starts with the user's session.
pub trait Autostart: Send + Sync {
    /// Whether it does.
    fn is_on(&self) -> BoxFuture<'_, Result<bool>>;
    /// Lets it do so, or not any more.
    fn set(&self, on: bool) -> BoxFuture<'_, Result<()>>;
}

/// What a person does to the main window or the tray's menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// The main window is closed.
    Close,
    /// The program is to end.
    Quit,
}

/// What comes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// The program ends.
    Quit,
    /// The window goes, recording goes on.
    Hide,
    /// The person is asked first.
    Ask,
}

/// What comes of a wish while `recorded` cameras are to be recorded. `keeps` is the setting that closing the window
/// keeps recording, `explained` whether the person has been told what that means.
pub const fn leave(wish: Wish, recorded: usize, keeps: bool, explained: bool) -> Leave {
    match wish {
        _ if recorded == 0 => Leave::Quit,
        Wish::Close if keeps && explained => Leave::Hide,
        Wish::Close | Wish::Quit => Leave::Ask,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_recorded_is_nothing_to_ask_about() {
        for wish in [Wish::Close, Wish::Quit] {
            assert_eq!(leave(wish, 0, true, true), Leave::Quit);
        }
    }

    #[test]
    fn closing_is_explained_once_and_quitting_always_asked() {
        assert_eq!(leave(Wish::Close, 3, true, false), Leave::Ask);
        assert_eq!(leave(Wish::Close, 3, true, true), Leave::Hide);
        assert_eq!(leave(Wish::Close, 3, false, true), Leave::Ask);
        assert_eq!(leave(Wish::Quit, 3, true, true), Leave::Ask);
    }
}
