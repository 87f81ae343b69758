import Link
import Testing

@Suite struct KernelModuleTests {
    @Test func isNotLoadedWhereThereIsNoSuchModule() {
        #expect(!KernelModule.isLoaded("no_such_module"))
        // A part of every kernel: there is a folder of its parameters, and nothing was loaded.
        #expect(!KernelModule.isLoaded("kernel"))
    }
}
