/// What this build is called.
package enum Release {
    /// The version, in semantic versioning's form.
    package static let version = "0.1.0"

    /// The Swift that it was built with, as far as a program can tell of its compiler.
    package static var swift: String {
        #if compiler(>=6.4)
        "6.4 or later"
        #elseif compiler(>=6.3)
        "6.3"
        #else
        "6.2"
        #endif
    }
}
