// swift-tools-version: 6.2

import PackageDescription

// The manifest is the architecture: what a target does not list here it may not import, and CI
// builds with `--explicit-target-dependency-import-check error`. Versions are exact because
// `Package.resolved` is not committed.

let package = Package(
    name: "penstock",
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
        .target(name: "Net"),
        .target(name: "Netlink", dependencies: ["CNetlink", "CGenericNetlink"]),
        .target(name: "Core", dependencies: ["Net"]),
        .target(
            name: "TestSupport",
            dependencies: ["Core", "Net"],
            path: "Tests/Support"
        ),
        .testTarget(name: "NetTests", dependencies: ["Net", "TestSupport"]),
        .testTarget(name: "CoreTests", dependencies: ["Core", "Net", "TestSupport"]),
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
