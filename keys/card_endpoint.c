#define _GNU_SOURCE
#include "keys/card_endpoint.h"

#include "base/limits.h"

#include <arpa/inet.h>

#include <string.h>

enum { HOST_BYTES = 253, HOST_LABEL_BYTES = 63 };

/* Host and port of `tcp://host:port`; brackets of an IPv6 host are dropped. */
struct endpoint {
	struct span host;
	bool bracketed;
};

static bool port_valid(struct span port)
{
	uint32_t value = 0;
	if (port.size < 1 || port.size > 5 || port.data[0] == '0') {
		return false;
	}
	for (size_t i = 0; i < port.size; i++) {
		if (port.data[i] < '0' || port.data[i] > '9') {
			return false;
		}
		value = value * 10 + (uint32_t)(port.data[i] - '0');
	}
	return value <= 65535;
}

static bool split_endpoint(struct span text, struct endpoint *out)
{
	static const char scheme[] = "tcp://";
	const size_t skip = sizeof(scheme) - 1;
	if (text.size <= skip || text.size > LIMIT_ENDPOINT_BYTES ||
	    memcmp(text.data, scheme, skip) != 0) {
		return false;
	}
	struct span rest = span_of(text.data + skip, text.size - skip);
	const uint8_t *colon = memrchr(rest.data, ':', rest.size);
	if (colon == NULL) {
		return false;
	}
	size_t size = (size_t)(colon - rest.data);
	out->host = span_of(rest.data, size);
	out->bracketed =
	    size > 2 && rest.data[0] == '[' && rest.data[size - 1] == ']';
	if (out->bracketed) {
		out->host = span_of(rest.data + 1, size - 2);
	}
	return port_valid(span_of(colon + 1, rest.size - size - 1));
}

/* The host as an address of this family. */
static bool host_address(struct span host, int family, uint8_t out[16])
{
	char text[INET6_ADDRSTRLEN];
	if (host.size == 0 || host.size >= sizeof(text) ||
	    memchr(host.data, '\0', host.size) != NULL) {
		return false;
	}
	memcpy(text, host.data, host.size);
	text[host.size] = '\0';
	return inet_pton(family, text, out) == 1;
}

static bool is_letter_or_digit(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9');
}

/* Labels of letters, digits and inner hyphens; the last one not all digits,
 * so that a mistyped IPv4 address is no name. */
static bool host_name_valid(struct span host)
{
	size_t label = 0;
	bool digits = true;
	if (host.size == 0 || host.size > HOST_BYTES) {
		return false;
	}
	for (size_t i = 0; i < host.size; i++) {
		uint8_t c = host.data[i];
		if (c == '.') {
			if (label == 0 || host.data[i - 1] == '-') {
				return false;
			}
			label = 0;
			digits = true;
			continue;
		}
		if (!is_letter_or_digit(c) && (c != '-' || label == 0)) {
			return false;
		}
		digits = digits && c >= '0' && c <= '9';
		if (++label > HOST_LABEL_BYTES) {
			return false;
		}
	}
	return label > 0 && host.data[host.size - 1] != '-' && !digits;
}

static bool is_star(const struct endpoint *endpoint)
{
	return !endpoint->bracketed &&
	       span_equal(endpoint->host, span_text("*"));
}

bool card_endpoint_valid(struct span endpoint)
{
	struct endpoint parts;
	uint8_t address[16];
	if (!split_endpoint(endpoint, &parts)) {
		return false;
	}
	if (parts.bracketed) {
		return host_address(parts.host, AF_INET6, address);
	}
	return is_star(&parts) || host_address(parts.host, AF_INET, address) ||
	       host_name_valid(parts.host);
}

bool card_endpoint_advertisable(struct span endpoint)
{
	struct endpoint parts;
	uint8_t address[16];
	static const uint8_t mapped[16] = { [10] = 0xff, [11] = 0xff };
	static const uint8_t zero[16];
	if (!card_endpoint_valid(endpoint) ||
	    !split_endpoint(endpoint, &parts) || is_star(&parts)) {
		return false;
	}
	if (parts.bracketed) {
		return host_address(parts.host, AF_INET6, address) &&
		       memcmp(address, zero, 16) != 0 &&
		       memcmp(address, mapped, 16) != 0;
	}
	return !host_address(parts.host, AF_INET, address) ||
	       memcmp(address, zero, 4) != 0;
}
