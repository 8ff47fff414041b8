#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/un.h>

#include "core/outbound.h"

#include <cmocka.h>

static bool is_allowed(const char *text)
{
    struct sockaddr_storage storage = {.ss_family = AF_INET};
    struct sockaddr_in ipv4 = {.sin_family = AF_INET};
    struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6};

    if (inet_pton(AF_INET, text, &ipv4.sin_addr) == 1)
        memcpy(&storage, &ipv4, sizeof(ipv4));
    else if (inet_pton(AF_INET6, text, &ipv6.sin6_addr) == 1)
        memcpy(&storage, &ipv6, sizeof(ipv6));
    else
        print_error("%s is no address\n", text);
    return outbound_address((const struct sockaddr *)&storage);
}

static void public_addresses_are_allowed(void **state)
{
    static const char *const addresses[] = {
        "1.1.1.1",         "9.255.255.255", "11.0.0.0",     "100.63.255.255", "100.128.0.0",
        "126.255.255.255", "128.0.0.0",     "169.253.0.1",  "169.255.0.0",    "172.15.255.255",
        "172.32.0.0",      "192.167.0.1",   "192.169.0.0",  "198.17.0.0",     "198.20.0.0",
        "223.255.255.255", "2400:3200::1",  "2001:200::1",  "2001:db7::1",    "2003::1",
        "240e::1",         "2620:fe::fe",   "3fff:1000::1",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++) {
        if (!is_allowed(addresses[i]))
            print_error("%s\n", addresses[i]);
        assert_true(is_allowed(addresses[i]));
    }
}

static void addresses_of_our_own_network_are_refused(void **state)
{
    static const char *const addresses[] = {
        "0.0.0.0",
        "0.255.255.255",
        "10.0.0.0",
        "10.255.255.255",
        "100.64.0.0",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.0.0",
        "169.254.169.254",
        "172.16.0.0",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.0",
        "192.168.255.255",
        "198.18.0.0",
        "198.19.255.255",
        "198.51.100.7",
        "203.0.113.7",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:1.1.1.1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "100::1",
        "2001::1",
        "2001:1ff::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "3fff::1",
        "4000::1",
        "fc00::1",
        "fd00::1",
        "fe80::1",
        "ff02::1",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++) {
        if (is_allowed(addresses[i]))
            print_error("%s\n", addresses[i]);
        assert_false(is_allowed(addresses[i]));
    }
}

static void other_families_are_refused(void **state)
{
    struct sockaddr_un local = {.sun_family = AF_UNIX, .sun_path = "/run/socket"};

    (void)state;
    assert_false(outbound_address((const struct sockaddr *)&local));
}

static void a_listed_host_is_found(void **state)
{
    static const char hosts[] = "api.mch.weixin.qq.com  openapi.alipay.com:8443 [::1]:9000";

    (void)state;
    assert_true(outbound_host(hosts, "api.mch.weixin.qq.com", "443"));
    assert_true(outbound_host(hosts, "API.mch.weixin.QQ.com", "443"));
    assert_true(outbound_host(hosts, "openapi.alipay.com", "8443"));
    assert_true(outbound_host(hosts, "[::1]", "9000"));
}

static void whatever_is_not_listed_is_not_found(void **state)
{
    static const char hosts[] = "api.mch.weixin.qq.com openapi.alipay.com:8443";

    (void)state;
    assert_false(outbound_host(hosts, "api.mch.weixin.qq.com", "8443"));
    assert_false(outbound_host(hosts, "openapi.alipay.com", "443"));
    assert_false(outbound_host(hosts, "openapi.alipay.com", "844"));
    assert_false(outbound_host(hosts, "openapi.alipay.com", "84433"));
    assert_false(outbound_host(hosts, "mch.weixin.qq.com", "443"));
    assert_false(outbound_host(hosts, "api.mch.weixin.qq.com.evil.example", "443"));
    assert_false(outbound_host(hosts, "api.mch", "443"));
    assert_false(outbound_host(hosts, "", "443"));
    assert_false(outbound_host("", "openapi.alipay.com", "443"));
    assert_false(outbound_host(NULL, "openapi.alipay.com", "443"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(public_addresses_are_allowed),
        cmocka_unit_test(addresses_of_our_own_network_are_refused),
        cmocka_unit_test(other_families_are_refused),
        cmocka_unit_test(a_listed_host_is_found),
        cmocka_unit_test(whatever_is_not_listed_is_not_found),
    };

    return cmocka_run_group_tests_name("outbound", tests, NULL, NULL);
}
