//! Routes that exist for the clients of other services. `http` may import them; they import the
//! building blocks of `http`, never its service or its table of routes.

pub(crate) mod first_service;
