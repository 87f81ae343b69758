// swift-tools-version: 6.2

import PackageDescription

// The manifest is the architecture: what a target does not list here it may not import, and CI
// builds with `--explicit-target-dependency-import-check error`. Versions are exact because
// `Package.resolved` is not committed.

let package = Package(
    name: "penstock",
    products: [
        .executable(name: "penstock", targets: ["penstock"]),
        // Addresses and the kernel's errnos come with it: both stand in its public API.
        .library(name: "IPVS", targets: ["IPVS", "Net", "Netlink"]),
        // Addresses and AS numbers come with it: they stand in its public API.
        .library(name: "FRR", targets: ["FRR", "Net"]),
    ],
    dependencies: [
        // Event loops and unix sockets for the VTY, the probes and the control socket. 2.100 is the
        // floor: it bounds the number and size of HTTP headers on the control socket.
        .package(url: "https://github.com/apple/swift-nio.git", exact: "2.101.2"),
        // TLS for probes, with a library of cryptography that is linked in: a director's checks do not
        // change when its distribution updates another one.
        .package(url: "https://github.com/apple/swift-nio-ssl.git", exact: "2.37.6"),
        // Of it only HPACK, for checks over HTTP/2: its tables are long, and it bounds what it unpacks.
        // Frames are read by hand, so that every number of them has its bound (decision 0047). It is
        // among the dependencies of the router anyway.
        .package(url: "https://github.com/apple/swift-nio-http2.git", exact: "1.46.0"),
        // A hashed set in order: positions without a dictionary, for a hundred thousand targets.
        .package(url: "https://github.com/apple/swift-collections.git", exact: "1.6.0"),
        // Structured logs; the handlers are ours.
        .package(url: "https://github.com/apple/swift-log.git", exact: "1.16.2"),
        // Signals and an ordered, graceful shutdown.
        .package(
            url: "https://github.com/swift-server/swift-service-lifecycle.git",
            exact: "2.13.0"
        ),
        // Verbs, flags, help texts and shell completion.
        .package(url: "https://github.com/apple/swift-argument-parser.git", exact: "1.8.2"),
        // YAML nodes with line and column; nothing is decoded by it.
        .package(url: "https://github.com/jpsim/Yams.git", exact: "6.2.2"),
        // The router, the limits and the test client of the control socket and the status page.
        .package(
            url: "https://github.com/hummingbird-project/hummingbird.git",
            exact: "2.28.1",
            traits: []
        ),
    ],
    targets: [
        .systemLibrary(
            name: "CNetlink",
            pkgConfig: "libnl-3.0",
            providers: [.apt(["libnl-3-dev"])]
        ),
        .systemLibrary(
            name: "CGenericNetlink",
            pkgConfig: "libnl-genl-3.0",
            providers: [.apt(["libnl-genl-3-dev"])]
        ),
        // Headers of the kernel only.
        .systemLibrary(name: "CPacket"),
        .target(name: "Net"),
        .target(
            name: "Core",
            dependencies: [
                "Net", .product(name: "OrderedCollections", package: "swift-collections"),
            ]
        ),
        .target(
            name: "Settings",
            dependencies: ["Core", "Net", .product(name: "Yams", package: "Yams")]
        ),
        // Starting a program with less than this process has takes vfork, of which Swift knows nothing.
        .target(name: "CSpawn"),
        .target(
            name: "Netlink",
            dependencies: ["CNetlink", "CGenericNetlink", "CPacket", "CSpawn"]
        ),
        .target(name: "Link", dependencies: ["Net", "Netlink"]),
        .target(name: "IPVS", dependencies: ["Net", "Netlink"]),
        // nf_tables, for services whose replies must come back through the director.
        .target(name: "Firewall", dependencies: ["Net", "Netlink"]),
        .target(
            name: "FRR",
            dependencies: [
                "Net",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .target(
            name: "Planes",
            dependencies: [
                "Core", "Net", "Link", "IPVS", "FRR", "Firewall",
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .target(
            name: "Probes",
            dependencies: [
                "Core", "Net", "Netlink",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "NIOHPACK", package: "swift-nio-http2"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]
        ),
        // The other end of direct routing and tunnels: prepares a real server, knows no director.
        .target(name: "RealServers", dependencies: ["Core", "Net", "Link"]),
        .target(
            name: "Daemon",
            dependencies: [
                "Core", "Net", "Planes", "Probes",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]
        ),
        .target(
            name: "API",
            dependencies: [
                "Core", "Net",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),
        .executableTarget(
            name: "penstock",
            dependencies: [
                "API", "Core", "Daemon", "IPVS", "Link", "Net", "Probes", "RealServers",
                "Settings",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]
        ),
        // Measures a director on a real table; run by integration/bench, shipped to nobody.
        .executableTarget(
            name: "bench",
            dependencies: [
                "Core", "FRR", "Net", "Planes",
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "integration/benchmarks/Sources"
        ),
        .target(
            name: "TestSupport",
            dependencies: ["Core", "Net"],
            path: "Tests/Support"
        ),
        .testTarget(name: "NetTests", dependencies: ["Net", "TestSupport"]),
        .testTarget(name: "CoreTests", dependencies: ["Core", "Net", "TestSupport"]),
        .testTarget(
            name: "SettingsTests",
            dependencies: ["Core", "Net", "Settings", "TestSupport"]
        ),
        .testTarget(
            name: "NetlinkTests",
            dependencies: ["CGenericNetlink", "CNetlink", "Netlink", "TestSupport"]
        ),
        .testTarget(name: "LinkTests", dependencies: ["Link", "Net", "Netlink", "TestSupport"]),
        .testTarget(
            name: "FirewallTests",
            dependencies: ["Firewall", "Net", "Netlink", "TestSupport"]
        ),
        .testTarget(
            name: "RealServersTests",
            dependencies: ["Core", "Link", "Net", "Netlink", "RealServers", "TestSupport"]
        ),
        .testTarget(
            name: "IPVSTests",
            dependencies: ["CGenericNetlink", "IPVS", "Net", "Netlink", "TestSupport"],
            // Replies that a fuzzer made up, read as files.
            exclude: ["Corpus"]
        ),
        .testTarget(
            name: "FRRTests",
            dependencies: [
                "FRR", "Net", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            // Transcripts of real daemons, read as files.
            exclude: ["Fixtures"]
        ),
        .testTarget(
            name: "PlanesTests",
            dependencies: [
                "Core", "FRR", "Firewall", "IPVS", "Link", "Net", "Netlink", "Planes", "Settings",
                "TestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        .testTarget(
            name: "ProbesTests",
            dependencies: [
                "Core", "Net", "Netlink", "Probes", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            // Answers that a fuzzer made up, read as files.
            exclude: ["Corpus"]
        ),
        .testTarget(
            name: "DaemonTests",
            dependencies: [
                "Core", "Daemon", "Net", "Planes", "Probes", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),
        .testTarget(
            name: "APITests",
            dependencies: [
                "API", "Core", "Net", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),
        .testTarget(
            name: "CLITests",
            dependencies: [
                "API", "Core", "Daemon", "IPVS", "Net", "Netlink", "RealServers", "Settings",
                "TestSupport",
                "penstock",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .testTarget(name: "TidyTests"),
    ]
)

// One set of rules for every target of ours; a system library has no Swift to compile.
for target in package.targets where target.type != .system {
    target.swiftSettings = [
        // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0335-existential-any.md
        .enableUpcomingFeature("ExistentialAny"),
        // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0409-access-level-on-imports.md
        .enableUpcomingFeature("InternalImportsByDefault"),
        // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0444-member-import-visibility.md
        .enableUpcomingFeature("MemberImportVisibility"),
        // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0461-async-function-isolation.md
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0458-strict-memory-safety.md
        .strictMemorySafety(),
        .swiftLanguageMode(.v6),
        .treatAllWarnings(as: .error),
    ]
}
