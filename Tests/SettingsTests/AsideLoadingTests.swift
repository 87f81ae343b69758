import Core
import Settings
import Testing

/// `damping` and `outliers` of a service.
@Suite struct AsideLoadingTests {
    private func service(_ text: String) throws -> VirtualService {
        let sample = "{ name: https, listen: 443/tcp, pool: web }"
        let intent = try Sample.load(Sample.replacing(sample, with: text)).intent
        return try #require(intent.vips.first?.services.first)
    }

    @Test(
        arguments: [
            ("on", DampingPolicy.usual), ("off", nil),
            (
                "{ half-life: 10s, suppress: 1500, reuse: 900, longest: 20s }",
                DampingPolicy(
                    halfLife: .seconds(10),
                    suppress: 1500,
                    reuse: 900,
                    longest: .seconds(20)
                )
            ),
        ]
    )
    func dampingOfAServiceIsRead(text: String, expected: DampingPolicy?) throws {
        let lines = "{ name: https, listen: 443/tcp, pool: web, damping: \(text) }"
        #expect(try service(lines).damping == expected)
        #expect(try service("{ name: https, listen: 443/tcp, pool: web }").damping == nil)
    }

    @Test(
        arguments: [
            ("on", OutlierPolicy()), ("off", nil),
            (
                "{ times: 5, margin: 100ms, at-most: 25%, rest: 2m }",
                OutlierPolicy(
                    times: 5,
                    margin: .milliseconds(100),
                    atMost: 25,
                    rest: .seconds(120)
                )
            ),
        ]
    )
    func outliersAreRead(text: String, expected: OutlierPolicy?) throws {
        let lines = "{ name: https, listen: 443/tcp, pool: web, outliers: \(text) }"
        #expect(try service(lines).outliers == expected)
        #expect(try service("{ name: https, listen: 443/tcp, pool: web }").outliers == nil)
    }
}
