#include "net/address.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>
#include <vector>

namespace parley {
namespace {

TEST(Address, ReadsLiteralsOfBothFamilies) {
  const auto ipv4 = Address::Parse("192.0.2.1", 5004);
  ASSERT_TRUE(ipv4);
  EXPECT_EQ(ipv4->family, 4);
  EXPECT_EQ(ipv4->port, 5004);
  EXPECT_EQ(ipv4->bytes[0], 192);
  EXPECT_EQ(ipv4->bytes[3], 1);
  EXPECT_EQ(ipv4->bytes[4], 0);
  const auto ipv6 = Address::Parse("2001:db8::1", 5006);
  ASSERT_TRUE(ipv6);
  EXPECT_EQ(ipv6->family, 6);
  EXPECT_EQ(ipv6->bytes[0], 0x20);
  EXPECT_EQ(ipv6->bytes[15], 1);
}

TEST(Address, ReadsNothingElse) {
  using namespace std::string_view_literals;
  for (const std::string_view text :
       {""sv, "localhost"sv, "1.2.3"sv, "1.2.3.256"sv, "[::1]"sv, "fe80::1%eth0"sv, "::1 "sv,
        "1.2.3.4\0"sv, "1.2.3.4:5"sv,
        "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"sv}) {
    EXPECT_FALSE(Address::Parse(text, 1)) << text;
  }
}

TEST(Address, GoesThroughTheKernelsShapeUnchanged) {
  for (const char* text : {"192.0.2.77", "::", "2001:db8:1:2:3:4:5:6", "::ffff:192.0.2.1"}) {
    const Address address = *Address::Parse(text, 65'535);
    sockaddr_storage storage = {};
    ToSockaddr(address, &storage);
    EXPECT_EQ(FromSockaddr(storage), address) << text;
  }
}

TEST(Address, IsNoneForOtherFamilies) {
  sockaddr_storage storage = {};
  storage.ss_family = AF_UNIX;
  EXPECT_EQ(FromSockaddr(storage), Address{});
  EXPECT_FALSE(FromSockaddr(storage).is_set());
}

TEST(Address, DiffersInEveryPart) {
  const Address address = *Address::Parse("192.0.2.1", 5004);
  EXPECT_EQ(address, *Address::Parse("192.0.2.1", 5004));
  EXPECT_NE(address, *Address::Parse("192.0.2.1", 5005));
  EXPECT_NE(address, *Address::Parse("192.0.2.2", 5004));
  EXPECT_NE(*Address::Parse("0.0.0.0", 1), *Address::Parse("::", 1));
}

TEST(Address, PrintsForPeople) {
  EXPECT_EQ(Address::Parse("192.0.2.1", 5004)->ToString(), "192.0.2.1:5004");
  EXPECT_EQ(Address::Parse("2001:db8::1", 5004)->ToString(), "[2001:db8::1]:5004");
  EXPECT_EQ(Address{}.ToString(), "none");
}

}  // namespace
}  // namespace parley
