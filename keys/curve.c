#include "keys/curve.h"

#include <sodium.h>
#include <zmq.h>

#include <string.h>

/* Declared in zmq.h among drafts only, and understood by number: our one
 * exception to the stable interface. */
enum { OPTION_ZAP_ENFORCE_DOMAIN = 93, KEY_BYTES = 32 };

static enum err set(void *socket, int option, const void *value, size_t size)
{
	if (zmq_setsockopt(socket, option, value, size) != 0) {
		return err_set(ERR_CRYPTO, "cannot set socket option %d: %s",
		    option, zmq_strerror(zmq_errno()));
	}
	return ERR_OK;
}

/* PROTOCOL.md M39: "A listening socket MUST have a ZAP domain that is not
 * empty and MUST enforce it, so that nobody gets in while no handler
 * lives." */
enum err curve_arm_server(
    const struct keystore *keystore, void *socket, const char *zap_domain)
{
	const int on = 1;
	if (zap_domain == NULL || zap_domain[0] == '\0') {
		return err_set(ERR_USAGE, "a listening socket needs a domain");
	}
	enum err err =
	    set(socket, ZMQ_ZAP_DOMAIN, zap_domain, strlen(zap_domain));
	if (err == ERR_OK) {
		err = set(socket, OPTION_ZAP_ENFORCE_DOMAIN, &on, sizeof(on));
	}
	if (err == ERR_OK) {
		err = set(socket, ZMQ_CURVE_SERVER, &on, sizeof(on));
	}
	if (err == ERR_OK) {
		err = set(socket, ZMQ_CURVE_SECRETKEY,
		    keystore_transport_secret(keystore), KEY_BYTES);
	}
	return err;
}

static enum err arm_client(void *socket, const uint8_t *public,
    const uint8_t *secret, const struct id32 *server)
{
	enum err err =
	    set(socket, ZMQ_CURVE_SERVERKEY, server->b, sizeof(server->b));
	if (err == ERR_OK) {
		err = set(socket, ZMQ_CURVE_PUBLICKEY, public, KEY_BYTES);
	}
	if (err == ERR_OK) {
		err = set(socket, ZMQ_CURVE_SECRETKEY, secret, KEY_BYTES);
	}
	return err;
}

enum err curve_arm_client(
    const struct keystore *keystore, void *socket, const struct id32 *server)
{
	return arm_client(socket, keystore_public(keystore)->transport.b,
	    keystore_transport_secret(keystore), server);
}

enum err curve_arm_stranger(void *socket, const struct id32 *server)
{
	uint8_t public[KEY_BYTES];
	uint8_t *secret = sodium_malloc(KEY_BYTES);
	if (secret == NULL) {
		return err_set(ERR_MEM, "no guarded memory");
	}
	rng_fill(rng_system(), secret, KEY_BYTES);
	enum err err = ERR_OK;
	if (crypto_scalarmult_base(public, secret) != 0) {
		err = err_set(ERR_CRYPTO, "cannot make a throw-away key");
	}
	if (err == ERR_OK) {
		err = arm_client(socket, public, secret, server);
	}
	sodium_free(secret);
	return err;
}
