/// What an operator may ask for at run time.
package enum Command: Equatable, Sendable {
    /// Take routes back and wait until it is quiet; kept over restarts.
    case drain(DrainOrder)
    /// Take part again, as far as this source is concerned.
    case undrain(DrainScope, source: DrainSource = .command)
    /// Treat a real server otherwise than the configuration says; kept over restarts.
    case order(BackendOrder)
    /// All of these, in their order; nothing comes in between.
    case several([Command])
    /// The drain file was looked at, and what it says has been said.
    case drainFileKnown
    /// Put another configuration in force.
    case reload(Intent)
}
