/*
 * The payer's side: what happens when a person confirms the payment in WeChat or Alipay, and the
 * routes of the control page and of tests.
 */
#ifndef SIMULATOR_PAY_H
#define SIMULATOR_PAY_H

#include "simulator/faults.h"

struct payment {
    const char *gateway, *out_trade_no;
    const char *payer;      /* NULL: whom the order names */
    struct fen paid_fen;    /* NONE: what the order says */
    bool is_forced;         /* also when the order is closed or too old */
    struct sim_order order; /* as it is afterwards */
    struct sim_fault callback_fault;
    bool was_tried;
};

/* Pays, records the movement, plans the notice. E_REFUSED: not payable. */
MUST_CHECK enum error pay_order(struct request *r, struct payment *payment);

struct order_path {
    const char *gateway, *out_trade_no;
};

/* ---- control.c, control_faults.c, control_people.c, page.c ---- */

enum error pay_route(struct request *r);
enum error create_order_route(struct request *r);
enum error list_orders_route(struct request *r);
enum error show_order_route(struct request *r);
enum error list_refunds_route(struct request *r);
enum error list_movements_route(struct request *r);
enum error list_callbacks_route(struct request *r);
enum error send_callback_route(struct request *r);
enum error compose_callback_route(struct request *r);
enum error add_fault_route(struct request *r);
enum error list_faults_route(struct request *r);
enum error clear_faults_route(struct request *r);
enum error switch_signer_route(struct request *r);
enum error switch_alipay_signer_route(struct request *r);
enum error save_citizen_route(struct request *r);
enum error login_code_route(struct request *r);
enum error phone_code_route(struct request *r);
enum error auth_code_route(struct request *r);
enum error set_face_route(struct request *r);
enum error show_page(struct request *r);
enum error click_route(struct request *r);

struct list_orders_input {
    const char *state;
};
struct list_movements_input {
    const char *after, *out_trade_no;
};
struct list_callbacks_input {
    const char *out_trade_no;
};
struct callback_input {
    const char *id, *fault;
};
struct create_order_input {
    const char *gateway, *out_trade_no, *payer, *subject, *notify_url;
    struct fen amount_fen;
};
struct fault_input {
    const char *gateway, *match, *operation, *fault;
    int64_t latency_ms, delay_ms, repeats, times, seed, permille;
    struct fen amount_fen;
    bool concurrent;
};
struct signer_input {
    const char *signer;
};
struct citizen_input {
    const char *openid, *phone, *name, *id_no;
    int64_t face_ret;
    bool is_risky;
};
struct code_input {
    const char *openid;
};
struct face_input {
    const char *verify_id;
    int64_t verify_ret;
};

bool is_gateway(const char *text);
/* Text inside HTML, also inside an attribute. */
const char *html_text(struct arena *arena, const char *text);
bool is_signer(const char *text);

#endif
