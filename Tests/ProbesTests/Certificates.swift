/// Certificates of an authority that exists for these tests only.
///
/// Made once, with keys on P-256, by an authority that is valid until 2120. The server's is of
/// www.example.org, 127.0.0.1 and ::1 and ends on 2119-01-01; the other one ended on 2021-01-01.
enum Certificates {
    /// The authority.
    static let authority = """
        -----BEGIN CERTIFICATE-----
        MIIBVzCB/qADAgECAgEBMAoGCCqGSM49BAMCMCIxIDAeBgNVBAMMF1BlbnN0b2Nr
        IHRlc3QgYXV0aG9yaXR5MCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAw
        WjAiMSAwHgYDVQQDDBdQZW5zdG9jayB0ZXN0IGF1dGhvcml0eTBZMBMGByqGSM49
        AgEGCCqGSM49AwEHA0IABPb1SBAOd4YeRR9b1X9QsA3mi7cNmqe8q6ZvzOjLDHOm
        Z69xCUy2+5JFut1bY7heAGiIXf4lUG3aWeCTOOTdrRCjIzAhMA8GA1UdEwEB/wQF
        MAMBAf8wDgYDVR0PAQH/BAQDAgEGMAoGCCqGSM49BAMCA0gAMEUCIQCu48wdBcH9
        SNvOLdBByBI/JXJtav0qLV52impTaoOw/gIgJfDKZhaY8IjRPx/9rO2uLFWirX/Q
        DWjmjHW52oMMKfQ=
        -----END CERTIFICATE-----

        """

    /// The certificate of a server.
    static let server = """
        -----BEGIN CERTIFICATE-----
        MIIBZjCCAQ6gAwIBAgIBAjAKBggqhkjOPQQDAjAiMSAwHgYDVQQDDBdQZW5zdG9j
        ayB0ZXN0IGF1dGhvcml0eTAgFw0yMDAxMDEwMDAwMDBaGA8yMTE5MDEwMTAwMDAw
        MFowETEPMA0GA1UEAwwGc2VydmVyMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
        SACe3DqFHaRehazuyPC6+CgyM84+Kf1uUVkJLFrmhrphkTKEKfnxKVLNPzyPskzN
        pMkrbjE3399m8lPSEOAFAaNEMEIwMgYDVR0RBCswKYIPd3d3LmV4YW1wbGUub3Jn
        hwR/AAABhxAAAAAAAAAAAAAAAAAAAAABMAwGA1UdEwEB/wQCMAAwCgYIKoZIzj0E
        AwIDRgAwQwIfCreDJU53keapkrUIol34uts4vlKM99r+IGWVRcApkAIgMb8/QfR3
        8/H/bZb1lTQRkBk4j6H1GP59BqVQ3zknP2Y=
        -----END CERTIFICATE-----

        """

    /// Its key.
    static let serverKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgnszMUY1lVt4HsMxE
        2iiZSodX995r3pOaVrC9E/vPm36hRANCAARIAJ7cOoUdpF6FrO7I8Lr4KDIzzj4p
        /W5RWQksWuaGumGRMoQp+fEpUs0/PI+yTM2kyStuMTff32byU9IQ4AUB
        -----END PRIVATE KEY-----

        """

    /// A certificate that has ended.
    static let ended = """
        -----BEGIN CERTIFICATE-----
        MIIBZzCCAQygAwIBAgIBAzAKBggqhkjOPQQDAjAiMSAwHgYDVQQDDBdQZW5zdG9j
        ayB0ZXN0IGF1dGhvcml0eTAeFw0yMDAxMDEwMDAwMDBaFw0yMTAxMDEwMDAwMDBa
        MBExDzANBgNVBAMMBnNlcnZlcjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNHZ
        5LQMUbdHvjIBT9JA9ou7bJtYceHWOoKKEwQ58mnsrEcKoSg1mjfyg3dGQV9jcZTr
        M4yIRwLRXbNLmdUzauGjRDBCMDIGA1UdEQQrMCmCD3d3dy5leGFtcGxlLm9yZ4cE
        fwAAAYcQAAAAAAAAAAAAAAAAAAAAATAMBgNVHRMBAf8EAjAAMAoGCCqGSM49BAMC
        A0kAMEYCIQDNP+oLxvmwI/3ybEMLK5hgzZ/6cmsaJKfNgfgxZu3TrgIhALkS03Lg
        xlpEEMhnUIW1y61HKPylw1fJkO8nCdhc9SkC
        -----END CERTIFICATE-----

        """

    /// Its key.
    static let endedKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgH6LS17wJGMo5cEeU
        B7mQEErkOc+d5Gdy41ZIlXWI+xehRANCAATR2eS0DFG3R74yAU/SQPaLu2ybWHHh
        1jqCihMEOfJp7KxHCqEoNZo38oN3RkFfY3GU6zOMiEcC0V2zS5nVM2rh
        -----END PRIVATE KEY-----

        """
}
