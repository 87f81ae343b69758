/// What this build is called.
package enum Release {
    /// The version, in semantic versioning's form.
    package static let version = "0.1.0"
}
