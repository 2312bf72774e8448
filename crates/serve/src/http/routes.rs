//! The table of all routes. Imports every handler; only `service` and `mod` import it.

use super::route::Route;
use super::{find, health, items, recommend};
use crate::adapters::first_service;

/// The path that tells the state of the service.
const HEALTH: &str = "/v1/health";

static ROUTES: [Route; 6] = [
    Route {
        path: "/v1/recommend",
        method: "POST",
        cacheable: false,
        handler: recommend::recommend,
    },
    Route { path: "/v1/similar", method: "GET", cacheable: true, handler: recommend::similar },
    Route { path: "/v1/find", method: "GET", cacheable: true, handler: find::find },
    Route { path: "/v1/items/{id}", method: "GET", cacheable: true, handler: items::item },
    Route { path: "/v1/items", method: "POST", cacheable: false, handler: items::items },
    Route { path: HEALTH, method: "GET", cacheable: false, handler: health::health },
];

fn all() -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().chain(&first_service::ROUTES)
}

/// Returns the route of a path.
pub(super) fn find_route(path: &str) -> Option<&'static Route> {
    all().find(|route| route.id(path).is_some())
}

/// Returns every path and the method it takes.
pub fn routes() -> impl Iterator<Item = (&'static str, &'static str)> {
    all().map(|route| (route.path, route.method))
}

/// Returns whether a route of the service has this path.
#[must_use]
pub fn is_route(path: &str) -> bool {
    find_route(path).is_some()
}

/// Returns whether this is the path of the service's health, which must answer while others wait.
#[must_use]
pub fn is_health(path: &str) -> bool {
    path == HEALTH
}
