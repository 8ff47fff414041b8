/*
 * What the WeChat mini program and its server give us beside plain JSON: encrypted user data,
 * signatures over raw texts, the hash of a face check, pushed messages. Pure.
 */
#ifndef IDENTITY_WECHAT_WIRE_H
#define IDENTITY_WECHAT_WIRE_H

#include "core/crypto.h"

/* Lower-case hex SHA-256 that ties a face check to a name and a number. */
const char *wechat_face_hash(struct arena *arena, const char *cert_type, const char *name,
                             const char *number);

/* The signature that wx.getUserInfo gives with `raw_data`; the session key as its base64 text. */
const char *wechat_raw_data_signature(struct arena *arena, const char *raw_data,
                                      const char *session_key);

/* The JSON inside encryptedData, if it was made for this application under this session; all three
   texts in base64. NULL data for every failure alike. How old watermark.timestamp may be is the
   caller's to say. */
struct bytes wechat_open_user_data(struct arena *arena, const char *appid, const char *session_key,
                                   const char *iv, const char *encrypted);

struct wechat_push {
    const char *token; /* ours, from the console */
    const char *encoding_aes_key;
    const char *appid;
};

/* Of the setup call: equals its `signature`, or it is not from WeChat. */
const char *wechat_handshake_signature(struct arena *arena, const struct wechat_push *push,
                                       const char *timestamp, const char *nonce);
/* The message inside Encrypt; NULL data when msg_signature, padding, length or appid is wrong. */
struct bytes wechat_open_push(struct arena *arena, const struct wechat_push *push,
                              const char *timestamp, const char *nonce, const char *encrypt,
                              const char *msg_signature);

#endif
