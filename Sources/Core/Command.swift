/// What an operator may ask for at run time.
package enum Command: Equatable, Sendable {
    /// Take routes back and wait until it is quiet; kept over restarts.
    case drain(DrainOrder)
    /// Take part again, as far as this source is concerned.
    case undrain(DrainScope, source: DrainSource = .command)
    /// Treat a real server otherwise than the configuration says; kept over restarts.
    case order(BackendOrder)
    /// Put another configuration in force.
    case reload(Intent)
}
