/* Faults, and which key signs. */

#include "simulator/alipay.h"
#include "simulator/pay.h"
#include "simulator/switches.h"
#include "simulator/wechatpay.h"

bool is_signer(const char *text)
{
    return strcmp(text, "platform") == 0 || strcmp(text, "next") == 0 ||
           strcmp(text, "public_key") == 0;
}

static int64_t or_else(int64_t number, int64_t otherwise)
{
    return number == NONE ? otherwise : number;
}

enum error add_fault_route(struct request *r)
{
    const struct fault_input *in = r->input;
    bool is_random = strcmp(in->fault, "random") == 0;
    struct sim_fault fault = {
        .gateway = in->gateway == NULL ? "" : in->gateway,
        .number = in->match == NULL ? "" : in->match,
        .operation = in->operation == NULL ? "any" : in->operation,
        .fault = in->fault,
        .latency_ms = or_else(in->latency_ms, 0),
        .delay_ms = or_else(in->delay_ms, 0),
        .repeats = or_else(in->repeats, 2),
        .concurrent = in->concurrent,
        .amount_fen = {or_else(in->amount_fen.fen, 1)},
        .times_left = in->times,
        .seed = or_else(in->seed, 1),
        .permille = is_random ? or_else(in->permille, 100) : 0,
    };

    if (!is_fault(fault.operation, fault.fault))
        return refuse(r, FAULT_UNKNOWN, VALUES(fault.operation, fault.fault));
    TRY(add_fault(r, &fault));
    return list_faults_route(r);
}

enum error list_faults_route(struct request *r)
{
    struct records faults;

    TRY(list_faults(r, &faults));
    return reply_page(r, sim_fault_fields, sizeof(struct sim_fault), faults, NULL);
}

enum error clear_faults_route(struct request *r)
{
    TRY(clear_faults(r));
    return list_faults_route(r);
}

enum error switch_signer_route(struct request *r)
{
    const struct signer_input *in = r->input;
    const struct signer *signer;

    TRY(set_switch(r, "wechatpay_signer", in->signer));
    TRY(signer_in_use(r, &signer));
    return reply_json(r, 200,
                      json_pack("{ss ss}", "signer", signer->name, "serial", signer->serial));
}

enum error switch_alipay_signer_route(struct request *r)
{
    const struct signer_input *in = r->input;
    struct alipay_signer signer;

    TRY(set_switch(r, "alipay_signer", in->signer));
    TRY(alipay_signer_in_use(r, &signer));
    return reply_json(r, 200, json_pack("{ss ss*}", "signer", signer.name, "serial", signer.sn));
}
