#include "net/udp_port.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <optional>
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

  // A copy: the port keeps the newest alone.
  struct Received {
    std::vector<uint8_t> bytes;
    Address source;
  };
  std::vector<Received> ReceiveAll(const UdpSocket& socket) {
    std::vector<Received> all;
    while (const auto datagram = port_.Receive(socket.descriptor())) {
      all.push_back({{datagram->bytes.begin(), datagram->bytes.end()}, datagram->source});
    }
    return all;
  }

  std::optional<std::vector<uint8_t>> ReceiveOfPeer(const UdpSocket& socket) {
    const auto bytes = port_.ReceiveOfPeer(socket.descriptor());
    if (!bytes) return std::nullopt;
    return std::vector(bytes->begin(), bytes->end());
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

TEST_P(UdpPortTest, ReceivesNothingWithoutWaiting) {
  EXPECT_EQ(port_.Receive(here_.descriptor()), std::nullopt);
}

TEST_P(UdpPortTest, CarriesDatagramsInOrderWithTheirSource) {
  ASSERT_NE(here_.local().port, 0);
  for (uint8_t number = 0; number < 20; ++number) {
    ASSERT_EQ(Send(here_, there_.local(), Numbered(number)), SendResult::kSent);
  }
  const std::vector<Received> received = ReceiveAll(there_);
  ASSERT_EQ(received.size(), 20U);
  for (uint8_t number = 0; number < 20; ++number) {
    EXPECT_EQ(received[number].bytes, Numbered(number));
    EXPECT_EQ(received[number].source, here_.local());
  }
}

TEST_P(UdpPortTest, DropsAndCountsWhatIsTooLarge) {
  Send(here_, there_.local(), Numbered(1, kDatagramBytesMax + 1));
  Send(here_, there_.local(), Numbered(2, kDatagramBytesMax));
  Send(here_, there_.local(), {});
  const std::vector<Received> received = ReceiveAll(there_);
  ASSERT_EQ(received.size(), 2U);
  EXPECT_EQ(received[0].bytes.size(), kDatagramBytesMax);
  EXPECT_EQ(received[1].bytes.size(), 0U);
  EXPECT_EQ(port_.oversized(), 1U);
}

TEST_P(UdpPortTest, TellsWhenTheNewestArrived) {
  Send(here_, there_.local(), Numbered(0));
  const int64_t before_ns = WallNs();
  Send(here_, there_.local(), Numbered(1));
  const int64_t after_ns = WallNs();
  for (int taken = 0; taken < 2; ++taken) ASSERT_TRUE(port_.Receive(there_.descriptor()));
  // Looked at 300 ms later, by the clocks given.
  const int64_t arrival_ns =
      port_.ArrivalNs(there_.descriptor(), kMonotonicNs, after_ns + 300 * kNsPerMs);
  EXPECT_LE(arrival_ns, kMonotonicNs - 300 * kNsPerMs);
  EXPECT_GE(arrival_ns, kMonotonicNs - 300 * kNsPerMs - (after_ns - before_ns));
}

// What waits has no say in it, and nor has another socket.
TEST_P(UdpPortTest, TellsOfEachSocketWhenItsOwnArrived) {
  const int64_t before_ns = WallNs();
  Send(here_, there_.local(), Numbered(1));
  Send(there_, here_.local(), Numbered(2));
  const int64_t after_ns = WallNs();
  ASSERT_TRUE(port_.Receive(there_.descriptor()));
  ASSERT_TRUE(port_.ReceiveOfPeer(here_.descriptor()));
  while (WallNs() < after_ns + kNsPerMs) {
  }
  Send(here_, there_.local(), Numbered(3));
  for (const UdpSocket* socket : {&here_, &there_}) {
    const int64_t arrival_ns = port_.ArrivalNs(socket->descriptor(), kMonotonicNs, after_ns);
    EXPECT_LE(arrival_ns, kMonotonicNs);
    EXPECT_GE(arrival_ns, kMonotonicNs - (after_ns - before_ns));
  }
}

// A tick that stands still in the middle goes on with the time of its beginning.
TEST_P(UdpPortTest, TellsWhenADatagramArrivedThatCameSinceNow) {
  const int64_t before_ns = WallNs();
  Send(here_, there_.local(), Numbered(1));
  const int64_t after_ns = WallNs();
  ASSERT_TRUE(port_.Receive(there_.descriptor()));
  const int64_t arrival_ns =
      port_.ArrivalNs(there_.descriptor(), kMonotonicNs, before_ns - 20 * kNsPerMs);
  EXPECT_GE(arrival_ns, kMonotonicNs + 20 * kNsPerMs);
  EXPECT_LE(arrival_ns, kMonotonicNs + 20 * kNsPerMs + (after_ns - before_ns));
}

TEST_P(UdpPortTest, TellsNowWhenTheClockWasSet) {
  for (const int64_t set_by_ns : {-3600 * kNsPerSecond, 3600 * kNsPerSecond}) {
    Send(here_, there_.local(), Numbered(1));
    ASSERT_TRUE(port_.Receive(there_.descriptor()));
    EXPECT_EQ(port_.ArrivalNs(there_.descriptor(), kMonotonicNs, WallNs() + set_by_ns),
              kMonotonicNs);
  }
}

TEST_P(UdpPortTest, TellsNowWhereNothingCame) {
  EXPECT_EQ(port_.ArrivalNs(there_.descriptor(), kMonotonicNs, WallNs()), kMonotonicNs);
  EXPECT_EQ(port_.ArrivalNs(-1, kMonotonicNs, WallNs()), kMonotonicNs);
}

TEST_P(UdpPortTest, AConnectedSocketSendsToAndHearsItsPeerAlone) {
  ASSERT_TRUE(port_.Connect(here_.descriptor(), there_.local()));
  EXPECT_EQ(Send(here_, {}, Numbered(7)), SendResult::kSent);
  EXPECT_EQ(ReceiveAll(there_).size(), 1U);
  const UdpSocket stranger = UdpSocket::Open(Any(), {}).socket;
  Send(stranger, here_.local(), Numbered(1));
  EXPECT_EQ(Send(there_, here_.local(), Numbered(2)), SendResult::kSent);
  const std::vector<Received> received = ReceiveAll(here_);
  ASSERT_EQ(received.size(), 1U);
  EXPECT_EQ(received[0].bytes[0], 2);
}

TEST_P(UdpPortTest, TakesDatagramsOfAPeer) {
  ASSERT_TRUE(port_.Connect(there_.descriptor(), here_.local()));
  EXPECT_EQ(ReceiveOfPeer(there_), std::nullopt);
  for (const uint8_t number : kTwo) Send(here_, there_.local(), Numbered(number, 100u + number));
  for (const uint8_t number : kTwo)
    EXPECT_EQ(ReceiveOfPeer(there_), Numbered(number, 100u + number));
  EXPECT_EQ(ReceiveOfPeer(there_), std::nullopt);
}

TEST_P(UdpPortTest, TakesOneOfAPeerBehindWhatIsTooLarge) {
  ASSERT_TRUE(port_.Connect(there_.descriptor(), here_.local()));
  for (int count = 0; count < 2; ++count) {
    Send(here_, there_.local(), Numbered(1, kDatagramBytesMax + 1));
  }
  for (const uint8_t number : kTwo) Send(here_, there_.local(), Numbered(number));
  EXPECT_EQ(ReceiveOfPeer(there_), Numbered(kTwo[0]));
  EXPECT_EQ(port_.oversized(), 2U);
  EXPECT_EQ(ReceiveOfPeer(there_), Numbered(kTwo[1]));
}

TEST_P(UdpPortTest, ADisconnectedSocketHearsEverybodyWhereItWas) {
  const Address local = here_.local();
  ASSERT_TRUE(port_.Connect(here_.descriptor(), there_.local()));
  port_.Disconnect(here_.descriptor());
  EXPECT_EQ(here_.local(), local);
  const UdpSocket stranger = UdpSocket::Open(Any(), {}).socket;
  EXPECT_EQ(Send(stranger, local, Numbered(1)), SendResult::kSent);
  EXPECT_EQ(ReceiveAll(here_).size(), 1U);
  EXPECT_EQ(Send(here_, {}, Numbered(2)), SendResult::kRefused);
  EXPECT_EQ(Send(here_, stranger.local(), Numbered(3)), SendResult::kSent);
  // And may be connected again, to another.
  ASSERT_TRUE(port_.Connect(here_.descriptor(), stranger.local()));
  EXPECT_EQ(Send(there_, local, Numbered(4)), SendResult::kSent);
  EXPECT_TRUE(ReceiveAll(here_).empty());
}

TEST_P(UdpPortTest, DoesNotTieASocketOfAllAddressesToOne) {
  const bool is_ipv4 = Any().family == 4;
  const UdpSocket open = UdpSocket::Open(*Address::Parse(is_ipv4 ? "0.0.0.0" : "::", 0), {}).socket;
  ASSERT_TRUE(open.is_open());
  EXPECT_FALSE(port_.Connect(open.descriptor(), there_.local()));
  Address reached = there_.local();
  reached.port = open.local().port;
  EXPECT_EQ(Send(here_, reached, Numbered(1)), SendResult::kSent);
  EXPECT_EQ(ReceiveAll(open).size(), 1U);
}

TEST_P(UdpPortTest, AnErrorAboutADatagramSentDoesNotHideWhatWaits) {
  for (const bool of_peer : {false, true}) {
    // Nobody listens there: the kernel holds an error against the connected socket.
    UdpSocket gone = UdpSocket::Open(Any(), {}).socket;
    const Address nobody = gone.local();
    gone.Close();
    ASSERT_TRUE(port_.Connect(here_.descriptor(), nobody));
    EXPECT_EQ(Send(here_, {}, Numbered(1)), SendResult::kSent);
    const UdpSocket back = UdpSocket::Open(nobody, {}).socket;
    ASSERT_TRUE(back.is_open());
    EXPECT_EQ(Send(back, here_.local(), Numbered(2)), SendResult::kSent);
    EXPECT_TRUE(of_peer ? ReceiveOfPeer(here_).has_value() : ReceiveAll(here_).size() == 1);
  }
}

TEST_P(UdpPortTest, SaysWhyADatagramWasNotSent) {
  EXPECT_EQ(Send(here_, {}, Numbered(1)), SendResult::kRefused);  // neither address nor peer
  EXPECT_EQ(Send(here_, there_.local(), Numbered(1, 70'000)), SendResult::kRefused);
  EXPECT_EQ(port_.Send(-1, there_.local(), Numbered(1)), SendResult::kRefused);
  EXPECT_EQ(port_.Receive(-1), std::nullopt);
}

TEST_P(UdpPortTest, AllocatesNothing) {
  const std::vector<uint8_t> bytes = Numbered(1);
  const Address to = there_.local();
  const testing::AllocationTrap trap;
  for (int count = 0; count < 2; ++count) Send(here_, to, bytes);
  port_.Receive(there_.descriptor());
  port_.ReceiveOfPeer(there_.descriptor());
  port_.ArrivalNs(there_.descriptor(), kMonotonicNs, WallNs());
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
