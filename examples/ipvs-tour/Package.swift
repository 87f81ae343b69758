// swift-tools-version: 6.2

import PackageDescription

// A package of its own, as yours would be: it sees what the library shows to everybody.
let package = Package(
    name: "ipvs-tour",
    dependencies: [
        // Yours would have `.package(url: …, from: …)` here.
        .package(name: "penstock", path: "../..")
    ],
    targets: [
        .executableTarget(
            name: "ipvs-tour",
            dependencies: [.product(name: "IPVS", package: "penstock")],
            path: ".",
            sources: ["Tour.swift"]
        )
    ]
)
