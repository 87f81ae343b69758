/// libFuzzer's way in: reads its bytes as an answer to a check, and stops at a broken promise.
///
/// Compiled by `integration/fuzz --probes` together with `Tests/ProbesTests/HostileAnswer.swift`,
/// which does the work; libFuzzer brings the `main`.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    let broken = HostileAnswer(bytes).read()
    precondition(broken.isEmpty, "\(broken)")
    return 0
}
