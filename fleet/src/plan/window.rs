//! Maintenance windows: when the primary may be moved or restarted because of the manifest.

use std::time::Duration;

use pg_core::window::until_open;

use super::View;

/// How long until the next window opens; `None` while one is open, or where there is none. The
/// manifest's windows go before the configuration's; all are UTC.
pub fn opens_in(view: &View<'_>) -> Option<Duration> {
    if !view.configuration.enable_maintenance_windows {
        return None;
    }
    let own = view.manifest.spec.maintenance_windows.as_ref();
    let windows = match own.filter(|windows| !windows.is_empty()) {
        Some(windows) => windows.clone(),
        None => view.configuration.maintenance_windows.to_vec(),
    };
    until_open(&windows, view.now.wall)
}
