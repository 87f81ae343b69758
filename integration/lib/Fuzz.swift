import Dispatch

/// libFuzzer's way in: reads its bytes as a reply of the kernel, and stops at a broken promise.
///
/// Compiled by `integration/fuzz` together with `Tests/IPVSTests/HostileReply.swift`, which does
/// the work; libFuzzer brings the `main`.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    let done = DispatchSemaphore(value: 0)
    Task {
        let broken = await HostileReply(bytes).read()
        precondition(broken.isEmpty, "\(broken)")
        done.signal()
    }
    // The fuzzer's own thread; libFuzzer's -timeout ends a read that does not.
    done.wait()
    return 0
}
