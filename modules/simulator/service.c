/* The simulator: plays WeChat, WeChat Pay, Alipay and UnionPay for development and tests. */

#include "simulator/alipay.h"
#include "simulator/bills.h"
#include "simulator/messages.h"
#include "simulator/pay.h"
#include "simulator/switches.h"
#include "simulator/unionpay.h"
#include "simulator/wechat.h"
#include "simulator/wechatpay.h"

SIMULATOR_REASONS(REASON_DEFINE)

static const struct param path_params[] = {
    PARAM(struct wechatpay_path, number, .source = PATH, .min = 1, .max = 64),
    PARAM_END,
};

static const struct param order_params[] = {
    PARAM(struct order_path, gateway, .source = PATH, .min = 1, .max = 16, .check = is_gateway),
    PARAM(struct order_path, out_trade_no, .source = PATH, .min = 1, .max = 64, .check = is_plain),
    PARAM_END,
};

static const struct param list_orders_params[] = {
    PARAM(struct list_orders_input, state, .source = QUERY, .min = 1, .max = 16, .optional = true,
          .check = is_plain),
    PARAM_END,
};

static const struct param list_movements_params[] = {
    PARAM(struct list_movements_input, after, .source = QUERY, .min = 1, .max = 26,
          .optional = true, .check = is_plain),
    PARAM(struct list_movements_input, out_trade_no, .source = QUERY, .min = 1, .max = 64,
          .optional = true, .check = is_plain),
    PARAM_END,
};

static const struct param list_callbacks_params[] = {
    PARAM(struct list_callbacks_input, out_trade_no, .source = QUERY, .min = 1, .max = 64,
          .optional = true, .check = is_plain),
    PARAM_END,
};

static const struct param callback_params[] = {
    PARAM(struct callback_input, id, .source = PATH, .min = 26, .max = 26, .check = is_plain),
    PARAM(struct callback_input, fault, .source = QUERY, .min = 1, .max = 32, .optional = true,
          .check = is_plain),
    PARAM_END,
};

static const struct param create_order_params[] = {
    PARAM(struct create_order_input, gateway, .source = BODY, .min = 1, .max = 16,
          .check = is_gateway),
    PARAM(struct create_order_input, out_trade_no, .source = BODY, .min = 1, .max = 64,
          .check = is_wechat_order_no),
    PARAM(struct create_order_input, amount_fen, .source = BODY, .min = 1, .max = INT64_MAX),
    PARAM(struct create_order_input, notify_url, .source = BODY, .min = 1, .max = 256,
          .check = is_notify_url),
    PARAM(struct create_order_input, payer, .source = BODY, .min = 1, .max = 128, .optional = true,
          .check = is_plain),
    PARAM(struct create_order_input, subject, .source = BODY, .min = 1, .max = 256,
          .optional = true),
    PARAM_END,
};

static const struct param fault_params[] = {
    PARAM(struct fault_input, gateway, .source = BODY, .min = 0, .max = 16, .optional = true,
          .check = is_plain),
    PARAM(struct fault_input, match, .source = BODY, .min = 0, .max = 64, .optional = true,
          .check = is_plain),
    PARAM(struct fault_input, operation, .source = BODY, .min = 1, .max = 16, .check = is_operation,
          .optional = true),
    PARAM(struct fault_input, fault, .source = BODY, .min = 1, .max = 32),
    PARAM(struct fault_input, latency_ms, .source = BODY, .min = 0, .max = 60000, .optional = true),
    PARAM(struct fault_input, delay_ms, .source = BODY, .min = 0, .max = 30 * DAY_MS,
          .optional = true),
    PARAM(struct fault_input, repeats, .source = BODY, .min = 1, .max = 1000, .optional = true),
    PARAM(struct fault_input, concurrent, .source = BODY, .optional = true),
    PARAM(struct fault_input, amount_fen, .source = BODY, .min = 1, .max = INT64_MAX,
          .optional = true),
    PARAM(struct fault_input, times, .source = BODY, .min = 1, .max = INT64_MAX, .optional = true),
    PARAM(struct fault_input, seed, .source = BODY, .min = 0, .max = INT64_MAX, .optional = true),
    PARAM(struct fault_input, permille, .source = BODY, .min = 0, .max = 1000, .optional = true),
    PARAM_END,
};

static const struct param alipay_signer_params[] = {
    PARAM(struct signer_input, signer, .source = BODY, .min = 1, .max = 16,
          .check = is_alipay_signer),
    PARAM_END,
};

static const struct param signer_params[] = {
    PARAM(struct signer_input, signer, .source = BODY, .min = 1, .max = 16, .check = is_signer),
    PARAM_END,
};

static const struct param citizen_params[] = {
    PARAM(struct citizen_input, openid, .source = BODY, .min = 1, .max = 128, .check = is_plain),
    PARAM(struct citizen_input, phone, .source = BODY, .min = 1, .max = 16, .optional = true,
          .check = is_plain),
    PARAM(struct citizen_input, name, .source = BODY, .min = 1, .max = 64, .optional = true),
    PARAM(struct citizen_input, id_no, .source = BODY, .min = 1, .max = 32, .optional = true,
          .check = is_plain),
    PARAM(struct citizen_input, face_ret, .source = BODY, .min = 0, .max = 99999, .optional = true),
    PARAM(struct citizen_input, is_risky, .source = BODY, .optional = true),
    PARAM_END,
};

static const struct param code_params[] = {
    PARAM(struct code_input, openid, .source = BODY, .min = 1, .max = 128, .check = is_plain),
    PARAM_END,
};

static const struct param face_params[] = {
    PARAM(struct face_input, verify_id, .source = BODY, .min = 1, .max = 64, .check = is_plain),
    PARAM(struct face_input, verify_ret, .source = BODY, .min = 0, .max = 99999),
    PARAM_END,
};

static const struct param list_messages_params[] = {
    PARAM(struct list_messages_input, receiver, .source = QUERY, .min = 1, .max = 128,
          .optional = true, .check = is_plain),
    PARAM_END,
};

static const struct param consents_params[] = {
    PARAM(struct consents_input, openid, .source = BODY, .min = 1, .max = 128, .check = is_plain),
    PARAM(struct consents_input, template_id, .source = BODY, .min = 1, .max = 64,
          .check = is_plain),
    PARAM(struct consents_input, count, .source = BODY, .min = 1, .max = 1000000),
    PARAM_END,
};

#define AT_GATEWAY .door = GATEWAYS, .body = RAW_BODY
#define PATH_INPUT INPUT(struct wechatpay_path, path_params)
#define ORDER_INPUT INPUT(struct order_path, order_params)

static const struct route routes[] = {
    {POST, "/v3/pay/transactions/jsapi", ANYONE, wechatpay_order_jsapi, AT_GATEWAY},
    {POST, "/v3/pay/transactions/native", ANYONE, wechatpay_order_native, AT_GATEWAY},
    {GET, "/v3/pay/transactions/out-trade-no/{number}", ANYONE, wechatpay_query_by_no, AT_GATEWAY,
     PATH_INPUT},
    {GET, "/v3/pay/transactions/id/{number}", ANYONE, wechatpay_query_by_id, AT_GATEWAY,
     PATH_INPUT},
    {POST, "/v3/pay/transactions/out-trade-no/{number}/close", ANYONE, wechatpay_close, AT_GATEWAY,
     PATH_INPUT},
    {POST, "/v3/refund/domestic/refunds", ANYONE, wechatpay_refund, AT_GATEWAY},
    {GET, "/v3/refund/domestic/refunds/{number}", ANYONE, wechatpay_query_refund, AT_GATEWAY,
     PATH_INPUT},
    {GET, "/v3/certificates", ANYONE, wechatpay_certificates, AT_GATEWAY},
    {GET, "/v3/bill/tradebill", ANYONE, wechatpay_trade_bill, AT_GATEWAY},
    {GET, "/v3/bill/fundflowbill", ANYONE, wechatpay_fund_bill, AT_GATEWAY},
    {GET, "/v3/billdownload/file", ANYONE, wechatpay_download, AT_GATEWAY},
    {GET, "/downloadBill", ANYONE, alipay_download, AT_GATEWAY},
    {POST, "/gateway.do", ANYONE, alipay_gateway, AT_GATEWAY},
    {POST, "/gateway/api/frontTransReq.do", ANYONE, unionpay_front_route, AT_GATEWAY},
    {POST, "/gateway/api/pay.do", ANYONE, unionpay_pay_route, AT_GATEWAY},
    {POST, "/gateway/api/backTransReq.do", ANYONE, unionpay_back_route, AT_GATEWAY},
    {POST, "/gateway/api/queryTrans.do", ANYONE, unionpay_query_route, AT_GATEWAY},
    {POST, "/filedownload/", ANYONE, unionpay_file_route, AT_GATEWAY},
    {GET, "/sns/jscode2session", ANYONE, wechat_code2session, AT_GATEWAY},
    {POST, "/cgi-bin/stable_token", ANYONE, wechat_stable_token, AT_GATEWAY},
    {POST, "/wxa/business/getuserphonenumber", ANYONE, wechat_phone_number, AT_GATEWAY},
    {POST, "/cityservice/face/identify/getverifyid", ANYONE, wechat_get_verify_id, AT_GATEWAY},
    {POST, "/cityservice/face/identify/queryverifyinfo", ANYONE, wechat_query_verify_info,
     AT_GATEWAY},
    {POST, "/cgi-bin/message/subscribe/send", ANYONE, wechat_subscribe_send, AT_GATEWAY},
    {POST, "/v1/messages", ANYONE, sms_send_route, AT_GATEWAY},

    {GET, "/simulator/", ANYONE, show_page, .door = INTERNAL, .summary = "Page that pays"},
    {POST, "/simulator/click/{gateway}/{out_trade_no}", ANYONE, click_route, ORDER_INPUT,
     .body = RAW_BODY, .door = INTERNAL, .summary = "Pay from the page"},
    {GET, "/simulator/orders", ANYONE, list_orders_route, .answer = sim_order_fields,
     .is_page = true, INPUT(struct list_orders_input, list_orders_params), .door = INTERNAL},
    {POST, "/simulator/orders", ANYONE, create_order_route, .answer = sim_order_fields,
     INPUT(struct create_order_input, create_order_params), .door = INTERNAL},
    {GET, "/simulator/orders/{gateway}/{out_trade_no}", ANYONE, show_order_route, ORDER_INPUT,
     .answer = sim_order_fields, .door = INTERNAL},
    {POST, "/simulator/orders/{gateway}/{out_trade_no}/pay", ANYONE, pay_route, ORDER_INPUT,
     .answer = sim_order_fields, .body = RAW_BODY, .door = INTERNAL},
    {GET, "/simulator/refunds", ANYONE, list_refunds_route, .answer = sim_refund_fields,
     .is_page = true, .door = INTERNAL},
    {GET, "/simulator/movements", ANYONE, list_movements_route, .answer = sim_movement_fields,
     .is_page = true, INPUT(struct list_movements_input, list_movements_params), .door = INTERNAL},
    {GET, "/simulator/callbacks", ANYONE, list_callbacks_route, .answer = sim_callback_fields,
     .is_page = true, INPUT(struct list_callbacks_input, list_callbacks_params), .door = INTERNAL},
    {POST, "/simulator/callbacks/{id}/send", ANYONE, send_callback_route, .body = RAW_BODY,
     INPUT(struct callback_input, callback_params), .door = INTERNAL},
    {GET, "/simulator/callbacks/{id}/bytes", ANYONE, compose_callback_route,
     INPUT(struct callback_input, callback_params), .door = INTERNAL},
    {GET, "/simulator/faults", ANYONE, list_faults_route, .answer = sim_fault_fields,
     .is_page = true, .door = INTERNAL},
    {POST, "/simulator/faults", ANYONE, add_fault_route, .answer = sim_fault_fields,
     .is_page = true, INPUT(struct fault_input, fault_params), .door = INTERNAL},
    {DELETE, "/simulator/faults", ANYONE, clear_faults_route, .answer = sim_fault_fields,
     .is_page = true, .door = INTERNAL},
    {POST, "/simulator/wechatpay/signer", ANYONE, switch_signer_route,
     INPUT(struct signer_input, signer_params), .door = INTERNAL},
    {POST, "/simulator/alipay/signer", ANYONE, switch_alipay_signer_route,
     INPUT(struct signer_input, alipay_signer_params), .door = INTERNAL},
    {POST, "/simulator/wechat/citizens", ANYONE, save_citizen_route, .answer = sim_citizen_fields,
     INPUT(struct citizen_input, citizen_params), .door = INTERNAL},
    {POST, "/simulator/wechat/login-codes", ANYONE, login_code_route,
     INPUT(struct code_input, code_params), .door = INTERNAL},
    {POST, "/simulator/wechat/phone-codes", ANYONE, phone_code_route,
     INPUT(struct code_input, code_params), .door = INTERNAL},
    {POST, "/simulator/wechat/faces", ANYONE, set_face_route, INPUT(struct face_input, face_params),
     .door = INTERNAL},
    {GET, "/simulator/messages", ANYONE, list_messages_route, .answer = sim_message_fields,
     .is_page = true, INPUT(struct list_messages_input, list_messages_params), .door = INTERNAL},
    {POST, "/simulator/wechat/consents", ANYONE, set_consents_route,
     INPUT(struct consents_input, consents_params), .door = INTERNAL},
    {POST, "/simulator/alipay/auth-codes", ANYONE, auth_code_route,
     INPUT(struct code_input, code_params), .door = INTERNAL},
    ROUTE_END,
};

static const struct job jobs[] = {
    {.name = "send_callback", .run = send_callback},
    {.name = "end_refund", .run = end_refund},
    {.name = NULL},
};

static const struct statement *const sql[] = {
    order_sql,  refund_sql,   movement_sql, callback_sql,    fault_sql, citizen_sql,
    switch_sql, unionpay_sql, bill_sql,     sim_message_sql, NULL};
static const struct reason *const reasons[] = {SIMULATOR_REASONS(REASON_LIST) NULL};

const struct service service = {
    .name = "simulator",
    .title = "模拟微信、微信支付、支付宝和银联（仅用于开发和测试）",
    .fixed_routes = routes,
    .jobs = jobs,
    .sql = sql,
    .reasons = reasons,
    .settings = simulator_settings,
    .settings_size = sizeof(struct simulator_settings),
    .open = simulator_open,
    .close = simulator_close,
};
