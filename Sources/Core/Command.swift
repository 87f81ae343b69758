/// What an operator may ask for at run time.
package enum Command: Equatable, Sendable {
    /// Take every route back and wait until it is quiet; kept over restarts.
    case drain(reason: String)
    /// Take part again.
    case undrain
    /// Treat a real server otherwise than the configuration says; kept over restarts.
    case order(BackendOrder)
    /// Put another configuration in force.
    case reload(Intent)
}
