/* The SMS platform. The city's own will speak otherwise; this file alone knows how.
 *
 *   POST {SMS_URL}/v1/messages
 *   Authorization: SMS-HMAC-SHA256 app=APPLICATION timestamp=MILLISECONDS signature=MAC
 *   MAC = hex HMAC-SHA256(key, APPLICATION LF MILLISECONDS LF body)
 *   {"out_id": our number, "phone": "138...", "text": "【signature】words"}
 *
 * 200 {"code": "ok"}; a number that was taken before is answered the same way and not sent again.
 * Any other code comes with 200 too, and then nothing was sent: "busy" is worth another try,
 * "phone_refused" (not a mobile number, or its holder wants none) and "text_refused" are not. 401:
 * the signature or the clock is wrong. What comes with another status, or not at all, may have been
 * sent.
 */

#include "notice/way.h"

#include <inttypes.h>
#include <jansson.h>

#include "core/clock.h"
#include "core/crypto.h"
#include "core/http.h"
#include "core/input.h"
#include "core/json_read.h"
#include "notice/identity.h"
#include "notice/notice.h"

struct sms_answer {
    const char *code;
};

static const struct param sms_params[] = {
    PARAM(struct sms_answer, code, .min = 1, .max = 32),
    PARAM_END,
};

/* Both sides go by the same clock; the job may have begun long before. */
static const char *authorization(struct request *r, const char *body)
{
    const struct notice_settings *settings = r->settings;
    const struct notice *notice = r->state;
    int64_t at_ms = clock_now().ms;
    unsigned char mac[SHA256_SIZE];

    hmac_sha256(
        bytes_of(notice->sms_key),
        bytes_of(arena_printf(r->arena, "%s\n%" PRId64 "\n%s", settings->sms_app, at_ms, body)),
        mac);
    return arena_printf(
        r->arena, "Authorization: SMS-HMAC-SHA256 app=%s timestamp=%" PRId64 " signature=%s",
        settings->sms_app, at_ms, hex_encode(r->arena, (struct bytes){mac, sizeof(mac)}));
}

static enum error post(struct request *r, const char *body, struct http_answer *answer)
{
    const struct notice_settings *settings = r->settings;
    const char *const headers[] = {"Content-Type: application/json", authorization(r, body), NULL};
    const struct http_call call = {
        .upstream = BY_SMS,
        .method = "POST",
        .url = arena_printf(r->arena, "%s/v1/messages", settings->sms_url),
        .headers = headers,
        .body = bytes_of(body),
        .timeout_ms = settings->sms_ms,
    };

    return http_call(r, &call, answer);
}

static struct outcome judge(const char *code)
{
    if (strcmp(code, "ok") == 0)
        return (struct outcome){SENT, "ok", false};
    if (strcmp(code, "busy") == 0)
        return (struct outcome){LATER, "busy", false};
    if (strcmp(code, "phone_refused") == 0)
        return (struct outcome){REFUSED, "phone_refused", false};
    return (struct outcome){REFUSED, "text_refused", true};
}

struct outcome send_by_sms(struct request *r, const struct outgoing *outgoing)
{
    struct sms_answer answer;
    struct http_answer http;
    const char *phone, *body;
    enum error error = ask_phone(r, outgoing->person_id, &phone);

    if (error == E_NOT_FOUND)
        return (struct outcome){REFUSED, "no_phone", false};
    if (error != E_OK)
        return (struct outcome){LATER, "no_answer_of_identity", false};
    body = json_written(r->arena, json_pack("{s:s, s:s, s:s}", "out_id", outgoing->id, "phone",
                                            phone, "text", outgoing->text));
    error = post(r, body, &http);
    if (error != E_OK)
        return (struct outcome){error == E_AGAIN ? LATER : UNKNOWN, "no_answer", false};
    if (http.status == 401)
        return (struct outcome){LATER, "signature_refused", true};
    if (http.status != 200 || input_from_json(r, http.body, sms_params, LENIENT, &answer) != E_OK)
        return (struct outcome){UNKNOWN, "answer_not_understood", false};
    return judge(answer.code);
}
