/*
 * What a paper says about itself, in the code to scan on it (二维码声明): who issued which paper to whom
 * and from when until when it holds, signed, so that anybody with the public keys can check it
 * without a network. Whether the paper was revoked since then only the platform knows; the code is an
 * address that asks it.
 *
 * The form is a JWS in compact serialization (RFC 7515) with EdDSA (RFC 8037): a signature of 64 bytes
 * as ES256 has, so the code is no larger, but the same one for the same statement, and verified by
 * small libraries in plain JavaScript (tweetnacl), which is what mini programs have; WebCrypto and
 * big integers they lack. Behind an address it follows a '#', so that no server logs it.
 */
#ifndef CASEWORK_STATEMENT_H
#define CASEWORK_STATEMENT_H

#include "core/arena.h"
#include "core/value.h"

struct paper_statement {
    const char *iss;     /* the authority */
    const char *kind;    /* "road.pass" */
    const char *no;      /* the paper's number */
    const char *sub;     /* whom or what it is about, masked (identifier.h) */
    struct day from, to; /* first and last day; `to` is NONE when it holds without end */
    struct instant iat;  /* when it was made, to the second */
};

/* The key that signs, and public keys whose papers are still about. Memory and keys belong to the
   arena. */
struct statement_keys;

/* `retired`: public keys of before, one "x" of a JWK a line; NULL for none. NULL when the key is no
   Ed25519 key, or a line is none. */
const struct statement_keys *statement_keys_open(struct arena *arena, const char *private_pem,
                                                 const char *retired);

/* {"keys":[...]} (RFC 7517), for a public route. A key's id comes of its thumbprint (RFC 7638). */
const char *statement_jwks(struct arena *arena, const struct statement_keys *keys);

const char *statement_sign(struct arena *arena, const struct statement_keys *keys,
                           const struct paper_statement *statement);
/* The address at which the state is asked, with the statement behind it. */
const char *statement_address(struct arena *arena, const char *address, const char *signed_text);

/* Takes what was scanned, with or without the address. False for everything that one of the keys
   did not sign in exactly our form; *statement is then not filled in. */
bool statement_verify(struct arena *arena, const struct statement_keys *keys, const char *scanned,
                      struct paper_statement *statement);

#endif
