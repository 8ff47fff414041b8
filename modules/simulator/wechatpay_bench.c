/* BENCH_REPLY=1: one order answer, signed once a second, so that a bench measures the merchant. */

#include "simulator/wechatpay.h"

#define BENCH_ANSWER                                                                               \
    "{\"prepay_id\":\"wx00000000000000000000000000000bench\","                                     \
    "\"code_url\":\"weixin://wxpay/bizpayurl?pr=benchmark\"}"

static void sign_for_this_second(struct request *r, struct simulator *simulator,
                                 const struct signer *signer)
{
    struct wechatpay_signature proof;

    if (simulator->bench_second == r->now.ms / SECOND_MS && simulator->bench_signer == signer)
        return;
    proof = wechatpay_sign(r, signer, BENCH_ANSWER, "");
    simulator->bench_second = r->now.ms / SECOND_MS;
    simulator->bench_signer = signer;
    snprintf(simulator->bench_nonce, sizeof(simulator->bench_nonce), "%s", proof.nonce);
    snprintf(simulator->bench_signature, sizeof(simulator->bench_signature), "%s", proof.signature);
}

enum error wechatpay_bench_reply(struct request *r)
{
    struct simulator *simulator = r->state;
    const char *serial = request_header(r, "Wechatpay-Serial");
    const struct signer *signer = serial == NULL ? NULL : signer_by_serial(simulator, serial);

    signer = signer == NULL ? &simulator->signers[PLATFORM] : signer;
    fault_wait(r, &(struct sim_fault){.fault = ""});
    pthread_mutex_lock(&simulator->bench_lock);
    sign_for_this_second(r, simulator, signer);
    reply_header(r, "Wechatpay-Timestamp",
                 arena_printf(r->arena, "%lld", (long long)simulator->bench_second));
    reply_header(r, "Wechatpay-Nonce", simulator->bench_nonce);
    reply_header(r, "Wechatpay-Serial", signer->serial);
    reply_header(r, "Wechatpay-Signature", simulator->bench_signature);
    pthread_mutex_unlock(&simulator->bench_lock);
    return reply_text(r, 200, "application/json; charset=utf-8", BENCH_ANSWER);
}
