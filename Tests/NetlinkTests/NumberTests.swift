import CGenericNetlink
import CNetlink
import Glibc
import Netlink
import Testing

/// The numbers that are written out here, against the headers of the C library and the kernel.
@Suite struct NumberTests {
    @Test(arguments: [
        (Errno.notPermitted, EPERM, "EPERM"),
        (.noEntry, ENOENT, "ENOENT"),
        (.noProcess, ESRCH, "ESRCH"),
        (.again, EAGAIN, "EAGAIN"),
        (.noMemory, ENOMEM, "ENOMEM"),
        (.accessDenied, EACCES, "EACCES"),
        (.busy, EBUSY, "EBUSY"),
        (.exists, EEXIST, "EEXIST"),
        (.noDevice, ENODEV, "ENODEV"),
        (.invalid, EINVAL, "EINVAL"),
        (.readOnly, EROFS, "EROFS"),
        (.outOfRange, ERANGE, "ERANGE"),
        (.notSupported, EOPNOTSUPP, "EOPNOTSUPP"),
        (.familyNotSupported, EAFNOSUPPORT, "EAFNOSUPPORT"),
        (.addressNotAvailable, EADDRNOTAVAIL, "EADDRNOTAVAIL"),
        (.noBuffers, ENOBUFS, "ENOBUFS"),
    ])
    func errnosAreThoseOfTheHeader(errno: Errno, number: Int32, symbol: String) {
        #expect(errno.number == number)
        #expect("\(errno)" == symbol)
    }

    @Test func anUnknownErrnoShowsItsNumber() { #expect("\(Errno(71))" == "errno 71") }

    @Test func headersHaveTheSizesWrittenHere() {
        #expect(MemoryLayout<nlmsghdr>.size == 16)
        #expect(MemoryLayout<nlattr>.size == 4)
        #expect(MemoryLayout<ifinfomsg>.size == 16)
        #expect(MemoryLayout<ifaddrmsg>.size == 8)
        #expect(MemoryLayout<genlmsghdr>.size == 4)
    }

    @Test func attributesOfAnAcknowledgementHaveTheNumbersWrittenHere() {
        #expect(NLMSGERR_ATTR_MSG.rawValue == 1)
        #expect(GENL_ID_CTRL == 0x10)
    }

    @Test func rtnetlinkHasTheNumbersOfItsManual() {
        // rtnetlink(7) and linux/rtnetlink.h; here in plain to read captured bytes by.
        #expect(RouteNumber.newLink == 16 && RouteNumber.getLink == 18)
        #expect(RouteNumber.newAddress == 20)
        #expect(RouteNumber.deleteAddress == 21 && RouteNumber.getAddress == 22)
        #expect(RouteNumber.linkName == 3 && RouteNumber.linkInfo == 18)
        #expect(RouteNumber.linkInfoKind == 1)
        #expect(RouteNumber.address == 1 && RouteNumber.localAddress == 2)
        #expect(RouteNumber.inet == 2 && RouteNumber.inet6 == 10)
        #expect(RequestFlag.dump == 0x300)
        #expect(RequestFlag.create == 0x400 && RequestFlag.exclusive == 0x200)
    }
}
