/// libFuzzer's way in: reads its bytes as an answer to a check, and stops at a broken promise.
///
/// Compiled by `integration/fuzz --probes` together with `Tests/ProbesTests/Hostile`, which does
/// the work; libFuzzer brings the `main`.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    // What nobody reads is not worth keeping.
    guard let reading = HostileAnswer(bytes).read() else { return -1 }
    // What a precondition says is lost with optimisation, and this is to be read.
    if !reading.broken.isEmpty { fatalError("\(reading.broken)") }
    return 0
}
