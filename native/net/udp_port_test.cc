#include "net/udp_port.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <string>
#include <vector>

#include "base/units.h"
#include "net/udp_socket.h"
#include "testing/allocation_trap.h"

namespace parley {
namespace {

constexpr int64_t kMonotonicNs = 1000 * kNsPerSecond;
constexpr std::array<uint8_t, 2> kTwo = {1, 2};

int64_t WallNs() {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec * kNsPerSecond + now.tv_nsec;
}

int Option(const UdpSocket& socket, int level, int name) {
  int value = -1;
  socklen_t bytes = sizeof(value);
  EXPECT_EQ(getsockopt(socket.descriptor(), level, name, &value, &bytes), 0);
  return value;
}

std::vector<uint8_t> Numbered(uint8_t number, size_t bytes = 172) {
  return std::vector<uint8_t>(bytes, number);
}

// Two sockets of one family on loopback. The kernel has delivered a datagram on loopback before the
// call that sent it returns, so nothing here waits.
class UdpPortTest : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    for (UdpSocket* socket : {&here_, &there_}) {
      UdpSocket::OpenResult opened = UdpSocket::Open(Any(), {});
      if (opened.error == EADDRNOTAVAIL || opened.error == EAFNOSUPPORT) {
        GTEST_SKIP() << "no " << GetParam() << " on this machine";
      }
      ASSERT_EQ(opened.error, 0);
      *socket = std::move(opened.socket);
    }
  }

  static Address Any() { return *Address::Parse(GetParam(), 0); }

  std::span<const Datagram> Receive(const UdpSocket& socket) {
    return port_.Receive(socket.descriptor(), kMonotonicNs, WallNs());
  }

  std::span<const Datagram> ReceiveOne(const UdpSocket& socket, int64_t now_wall_ns = WallNs()) {
    return port_.ReceiveOne(socket.descriptor(), here_.local(), kMonotonicNs, now_wall_ns);
  }

  SendResult Send(const UdpSocket& from, const Address& to, const std::vector<uint8_t>& bytes) {
    return port_.Send(from.descriptor(), to, bytes);
  }

  UdpPort port_;
  UdpSocket here_;
  UdpSocket there_;
};

INSTANTIATE_TEST_SUITE_P(Families, UdpPortTest, ::testing::Values("127.0.0.1", "::1"),
                         [](const auto& instance) {
                           return instance.param[0] == ':' ? "Ipv6" : "Ipv4";
                         });

TEST_P(UdpPortTest, ReceivesNothingWithoutWaiting) { EXPECT_TRUE(Receive(here_).empty()); }

TEST_P(UdpPortTest, CarriesDatagramsInOrderWithTheirSource) {
  ASSERT_NE(here_.local().port, 0);
  for (uint8_t number = 0; number < 5; ++number) {
    ASSERT_EQ(Send(here_, there_.local(), Numbered(number)), SendResult::kSent);
  }
  const std::span<const Datagram> received = Receive(there_);
  ASSERT_EQ(received.size(), 5U);
  for (uint8_t number = 0; number < 5; ++number) {
    EXPECT_EQ(std::vector(received[number].bytes.begin(), received[number].bytes.end()),
              Numbered(number));
    EXPECT_EQ(received[number].source, here_.local());
  }
  EXPECT_TRUE(Receive(there_).empty());
}

TEST_P(UdpPortTest, TakesNoMoreThanABatchAtOnce) {
  for (uint8_t number = 0; number < kReceiveBatchMax + 3; ++number) {
    ASSERT_EQ(Send(here_, there_.local(), Numbered(number)), SendResult::kSent);
  }
  EXPECT_EQ(Receive(there_).size(), kReceiveBatchMax);
  const std::span<const Datagram> rest = Receive(there_);
  ASSERT_EQ(rest.size(), 3U);
  EXPECT_EQ(rest[0].bytes[0], kReceiveBatchMax);
  EXPECT_EQ(rest[0].source, here_.local());
}

TEST_P(UdpPortTest, DropsAndCountsWhatIsTooLarge) {
  Send(here_, there_.local(), Numbered(1, kDatagramBytesMax + 1));
  Send(here_, there_.local(), Numbered(2, kDatagramBytesMax));
  Send(here_, there_.local(), {});
  const std::span<const Datagram> received = Receive(there_);
  ASSERT_EQ(received.size(), 2U);
  EXPECT_EQ(received[0].bytes.size(), kDatagramBytesMax);
  EXPECT_EQ(received[1].bytes.size(), 0U);
  EXPECT_EQ(port_.oversized(), 1U);
}

TEST_P(UdpPortTest, TellsWhenEachDatagramArrived) {
  const int64_t before_ns = WallNs();
  Send(here_, there_.local(), Numbered(1));
  const int64_t after_ns = WallNs();
  // Looked at 300 ms later, by the clocks given.
  const std::span<const Datagram> received =
      port_.Receive(there_.descriptor(), kMonotonicNs, after_ns + 300 * kNsPerMs);
  ASSERT_EQ(received.size(), 1U);
  EXPECT_LE(received[0].arrival_ns, kMonotonicNs - 300 * kNsPerMs);
  EXPECT_GE(received[0].arrival_ns, kMonotonicNs - 300 * kNsPerMs - (after_ns - before_ns));
}

// A tick that stands still in the middle goes on with the time of its beginning.
TEST_P(UdpPortTest, TellsWhenADatagramArrivedThatCameSinceNow) {
  const int64_t before_ns = WallNs();
  Send(here_, there_.local(), Numbered(1));
  const int64_t after_ns = WallNs();
  const std::span<const Datagram> received =
      port_.Receive(there_.descriptor(), kMonotonicNs, before_ns - 20 * kNsPerMs);
  ASSERT_EQ(received.size(), 1U);
  EXPECT_GE(received[0].arrival_ns, kMonotonicNs + 20 * kNsPerMs);
  EXPECT_LE(received[0].arrival_ns, kMonotonicNs + 20 * kNsPerMs + (after_ns - before_ns));
}

TEST_P(UdpPortTest, TellsNowWhenTheClockWasSet) {
  const int descriptor = there_.descriptor();
  for (const int64_t set_by_ns : {-3600 * kNsPerSecond, 3600 * kNsPerSecond}) {
    Send(here_, there_.local(), Numbered(1));
    const auto received = port_.Receive(descriptor, kMonotonicNs, WallNs() + set_by_ns);
    ASSERT_EQ(received.size(), 1U);
    EXPECT_EQ(received[0].arrival_ns, kMonotonicNs);
  }
}

TEST_P(UdpPortTest, WithoutArrivalTimesNowIsTold) {
  UdpSocket plain = UdpSocket::Open(Any(), {.arrival_times = false}).socket;
  Send(here_, plain.local(), Numbered(1));
  const auto received = port_.Receive(plain.descriptor(), kMonotonicNs, WallNs() + kNsPerMs);
  ASSERT_EQ(received.size(), 1U);
  EXPECT_EQ(received[0].arrival_ns, kMonotonicNs);
}

TEST_P(UdpPortTest, OnePortServesSocketsOfEveryKind) {
  const Address ipv4 = *Address::Parse("127.0.0.1", 0);
  UdpSocket plain = UdpSocket::Open(ipv4, {.arrival_times = false}).socket;
  Send(plain, plain.local(), Numbered(1));
  ASSERT_EQ(Receive(plain).size(), 1U);
  Send(here_, there_.local(), Numbered(2));
  const auto received = port_.Receive(there_.descriptor(), kMonotonicNs, WallNs() + 300 * kNsPerMs);
  ASSERT_EQ(received.size(), 1U);
  EXPECT_EQ(received[0].source, here_.local());
  EXPECT_LE(received[0].arrival_ns, kMonotonicNs - 300 * kNsPerMs);
}

TEST_P(UdpPortTest, AConnectedSocketSendsToAndHearsItsPeerAlone) {
  ASSERT_TRUE(port_.Connect(here_.descriptor(), there_.local()));
  EXPECT_EQ(Send(here_, {}, Numbered(7)), SendResult::kSent);
  EXPECT_EQ(Receive(there_).size(), 1U);
  const UdpSocket stranger = UdpSocket::Open(Any(), {}).socket;
  Send(stranger, here_.local(), Numbered(1));
  EXPECT_EQ(Send(there_, here_.local(), Numbered(2)), SendResult::kSent);
  const std::span<const Datagram> received = Receive(here_);
  ASSERT_EQ(received.size(), 1U);
  EXPECT_EQ(received[0].bytes[0], 2);
}

TEST_P(UdpPortTest, TakesOneDatagramOfAPeer) {
  ASSERT_TRUE(port_.Connect(there_.descriptor(), here_.local()));
  EXPECT_TRUE(ReceiveOne(there_).empty());
  for (const uint8_t number : kTwo) Send(here_, there_.local(), Numbered(number, 100u + number));
  const int64_t sent_ns = WallNs();
  for (const uint8_t number : kTwo) {
    const std::span<const Datagram> received = ReceiveOne(there_, sent_ns + 300 * kNsPerMs);
    ASSERT_EQ(received.size(), 1U);
    EXPECT_EQ(std::vector(received[0].bytes.begin(), received[0].bytes.end()),
              Numbered(number, 100u + number));
    EXPECT_EQ(received[0].source, here_.local());
    EXPECT_LE(received[0].arrival_ns, kMonotonicNs - 300 * kNsPerMs);
    EXPECT_GT(received[0].arrival_ns, kMonotonicNs - kNsPerSecond);
  }
  EXPECT_TRUE(ReceiveOne(there_).empty());
}

TEST_P(UdpPortTest, TakesOneBehindWhatIsTooLarge) {
  ASSERT_TRUE(port_.Connect(there_.descriptor(), here_.local()));
  for (int count = 0; count < 2; ++count) {
    Send(here_, there_.local(), Numbered(1, kDatagramBytesMax + 1));
  }
  for (const uint8_t number : kTwo) Send(here_, there_.local(), Numbered(number));
  ASSERT_EQ(ReceiveOne(there_).size(), 1U);
  EXPECT_EQ(port_.oversized(), 2U);
  const std::span<const Datagram> last = ReceiveOne(there_);
  ASSERT_EQ(last.size(), 1U);
  EXPECT_EQ(last[0].bytes[0], kTwo[1]);
}

TEST_P(UdpPortTest, ADisconnectedSocketHearsEverybodyWhereItWas) {
  const Address local = here_.local();
  ASSERT_TRUE(port_.Connect(here_.descriptor(), there_.local()));
  port_.Disconnect(here_.descriptor());
  EXPECT_EQ(here_.local(), local);
  const UdpSocket stranger = UdpSocket::Open(Any(), {}).socket;
  EXPECT_EQ(Send(stranger, local, Numbered(1)), SendResult::kSent);
  EXPECT_EQ(Receive(here_).size(), 1U);
  EXPECT_EQ(Send(here_, {}, Numbered(2)), SendResult::kRefused);
  EXPECT_EQ(Send(here_, stranger.local(), Numbered(3)), SendResult::kSent);
  // And may be connected again, to another.
  ASSERT_TRUE(port_.Connect(here_.descriptor(), stranger.local()));
  EXPECT_EQ(Send(there_, local, Numbered(4)), SendResult::kSent);
  EXPECT_TRUE(Receive(here_).empty());
}

TEST_P(UdpPortTest, DoesNotTieASocketOfAllAddressesToOne) {
  const bool is_ipv4 = Any().family == 4;
  const UdpSocket open = UdpSocket::Open(*Address::Parse(is_ipv4 ? "0.0.0.0" : "::", 0), {}).socket;
  ASSERT_TRUE(open.is_open());
  EXPECT_FALSE(port_.Connect(open.descriptor(), there_.local()));
  Address reached = there_.local();
  reached.port = open.local().port;
  EXPECT_EQ(Send(here_, reached, Numbered(1)), SendResult::kSent);
  EXPECT_EQ(Receive(open).size(), 1U);
}

TEST_P(UdpPortTest, AnErrorAboutADatagramSentDoesNotHideWhatWaits) {
  for (const bool one : {false, true}) {
    // Nobody listens there: the kernel holds an error against the connected socket.
    UdpSocket gone = UdpSocket::Open(Any(), {}).socket;
    const Address nobody = gone.local();
    gone.Close();
    ASSERT_TRUE(port_.Connect(here_.descriptor(), nobody));
    EXPECT_EQ(Send(here_, {}, Numbered(1)), SendResult::kSent);
    const UdpSocket back = UdpSocket::Open(nobody, {}).socket;
    ASSERT_TRUE(back.is_open());
    EXPECT_EQ(Send(back, here_.local(), Numbered(2)), SendResult::kSent);
    EXPECT_EQ((one ? ReceiveOne(here_) : Receive(here_)).size(), 1U);
  }
}

TEST_P(UdpPortTest, SaysWhyADatagramWasNotSent) {
  EXPECT_EQ(Send(here_, {}, Numbered(1)), SendResult::kRefused);  // neither address nor peer
  EXPECT_EQ(Send(here_, there_.local(), Numbered(1, 70'000)), SendResult::kRefused);
  EXPECT_EQ(port_.Send(-1, there_.local(), Numbered(1)), SendResult::kRefused);
  EXPECT_TRUE(port_.Receive(-1, kMonotonicNs, WallNs()).empty());
}

TEST_P(UdpPortTest, AllocatesNothing) {
  const std::vector<uint8_t> bytes = Numbered(1);
  const Address to = there_.local();
  const testing::AllocationTrap trap;
  Send(here_, to, bytes);
  Receive(there_);
  Send(here_, to, bytes);
  ReceiveOne(there_);
  EXPECT_EQ(trap.allocations() + trap.frees(), 0U);
}

TEST_P(UdpPortTest, SocketsHaveTheirOptions) {
  EXPECT_NE(fcntl(here_.descriptor(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(fcntl(here_.descriptor(), F_GETFD) & FD_CLOEXEC, 0);
  const UdpSocket socket = UdpSocket::Open(Any(), {.receive_buffer_bytes = 65'536}).socket;
  EXPECT_EQ(Option(socket, SOL_SOCKET, SO_RCVBUF), 2 * 65'536);  // the kernel doubles it
  if (Any().family == 4) {
    EXPECT_EQ(Option(socket, IPPROTO_IP, IP_TOS), 46 << 2);
  } else {
    EXPECT_EQ(Option(socket, IPPROTO_IPV6, IPV6_TCLASS), 46 << 2);
    EXPECT_EQ(Option(socket, IPPROTO_IPV6, IPV6_V6ONLY), 1);
  }
}

TEST_P(UdpPortTest, OpeningATakenPortFailsWithItsReason) {
  const UdpSocket::OpenResult second = UdpSocket::Open(here_.local(), {});
  EXPECT_EQ(second.error, EADDRINUSE);
  EXPECT_FALSE(second.socket.is_open());
}

TEST(UdpSocket, OpeningAnAddressOfAnotherMachineFails) {
  const UdpSocket::OpenResult opened = UdpSocket::Open(*Address::Parse("192.0.2.1", 0), {});
  EXPECT_EQ(opened.error, EADDRNOTAVAIL);
}

TEST(UdpSocket, ClosesOnceAndMovesItsDescriptor) {
  UdpSocket socket = UdpSocket::Open(*Address::Parse("127.0.0.1", 0), {}).socket;
  const int descriptor = socket.descriptor();
  UdpSocket moved = std::move(socket);
  EXPECT_EQ(moved.descriptor(), descriptor);
  moved.Close();
  moved.Close();
  EXPECT_FALSE(moved.is_open());
  EXPECT_EQ(moved.local(), Address{});
  EXPECT_EQ(fcntl(descriptor, F_GETFD), -1);
}

TEST(UdpSocket, ReleasedDescriptorsStayOpen) {
  UdpSocket socket = UdpSocket::Open(*Address::Parse("127.0.0.1", 0), {}).socket;
  const int descriptor = socket.Release();
  EXPECT_FALSE(socket.is_open());
  EXPECT_NE(fcntl(descriptor, F_GETFD), -1);
  UdpSocket again = UdpSocket::Adopt(descriptor);
  EXPECT_NE(again.local().port, 0);
}

}  // namespace
}  // namespace parley
