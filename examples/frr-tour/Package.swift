// swift-tools-version: 6.2

import PackageDescription

// A package of its own, as yours would be: it sees what the library shows to everybody.
let package = Package(
    name: "frr-tour",
    dependencies: [
        // Yours would have `.package(url: …, from: …)` here.
        .package(name: "penstock", path: "../..")
    ],
    targets: [
        .executableTarget(
            name: "frr-tour",
            dependencies: [.product(name: "FRR", package: "penstock")],
            path: ".",
            sources: ["Tour.swift"]
        )
    ]
)
