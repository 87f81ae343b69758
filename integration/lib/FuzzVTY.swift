/// libFuzzer's way in: reads its bytes as replies of a routing daemon, and stops at a broken
/// promise.
///
/// Compiled by `integration/fuzz --vty` together with `Tests/FRRTests/HostileVTY.swift`, which does
/// the work; libFuzzer brings the `main`.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    let broken = HostileVTY(bytes: bytes).read()
    precondition(broken.isEmpty, "\(broken)")
    return 0
}
