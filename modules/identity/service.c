#include "casework/event.h"
#include "core/clock.h"
#include "identity/account.h"
#include "identity/face_check.h"
#include "identity/link.h"
#include "identity/mandate.h"
#include "identity/officer_work.h"
#include "identity/password.h"
#include "identity/recipient.h"
#include "identity/state.h"

IDENTITY_REASONS(REASON_DEFINE)

static const struct reason *const reasons[] = {IDENTITY_REASONS(REASON_LIST) NULL};

#define S struct identity_settings

static const struct setting settings[] = {
    SETTING(S, wechat_url, "WECHAT_URL", "https://api.weixin.qq.com", "WeChat's interfaces"),
    SETTING(S, wechat_appid, "WECHAT_APPID", NULL, "the mini program at WeChat"),
    SETTING_FILE(S, wechat_secret_file, "WECHAT_SECRET_FILE", NULL, "its secret"),
    SETTING(S, wechat_state, "WECHAT_STATE", "formal",
            "which version of it a message opens: formal, trial or developer"),
    SETTING(S, alipay_url, "ALIPAY_URL", "https://openapi.alipay.com/gateway.do",
            "Alipay's gateway"),
    SETTING(S, alipay_app_id, "ALIPAY_APP_ID", NULL, "the application at Alipay"),
    SETTING_FILE(S, alipay_app_key_file, "ALIPAY_APP_KEY_FILE", NULL,
                 "its private key, PEM; signs requests"),
    SETTING_FILE(S, alipay_public_key_file, "ALIPAY_PUBLIC_KEY_FILE", "",
                 "Alipay's public key, PEM; verifies answers. Or, in certificate mode:"),
    SETTING_FILE(S, alipay_app_cert_file, "ALIPAY_APP_CERT_FILE", "",
                 "the application's certificate, PEM"),
    SETTING_FILE(S, alipay_cert_file, "ALIPAY_CERT_FILE", "",
                 "Alipay's certificate with those that lead from it to a root, PEM"),
    SETTING_FILE(S, alipay_root_cert_file, "ALIPAY_ROOT_CERT_FILE", "", "Alipay's roots, PEM"),
    SETTING_NUMBER(S, key_ask_ms, "KEY_ASK_MS", "60000", 0, 3600000,
                   "at least between two times that an unknown certificate is asked for"),
    SETTING(S, gateway_ms, "GATEWAY_MS", "3000", "deadline of one call to WeChat or Alipay"),
    SETTING(S, session_idle_s, "SESSION_IDLE_S", "43200", "a session ends unless renewed within"),
    SETTING(S, session_max_s, "SESSION_MAX_S", "2592000", "and after this at the latest"),
    SETTING(S, face_checks_a_day, "FACE_CHECKS_A_DAY", "10", "of one account"),
    SETTING_NUMBER(S, officer_idle_s, "OFFICER_IDLE_S", "1800", 60, 86400,
                   "an officer's session ends unless renewed within"),
    SETTING_NUMBER(S, officer_max_s, "OFFICER_MAX_S", "36000", 60, 86400,
                   "and after this at the latest"),
    SETTING_NUMBER(S, officer_lock_s, "OFFICER_LOCK_S", "900", 60, 86400,
                   "an officer is locked out so long after five failures in a row"),
    SETTING_NUMBER(S, argon2_kib, "ARGON2_KIB", "19456", ARGON2_KIB_MIN, 1048576,
                   "memory of one password hash; at most two at once in a worker"),
    SETTING_NUMBER(S, argon2_passes, "ARGON2_PASSES", "2", ARGON2_PASSES_MIN, 100, "over it"),
    SETTING_END,
};

static const struct route routes[] = {
    {POST, "/wechat/sessions", ANYONE, sign_in_wechat, INPUT(struct code_input, code_params),
     .answer = session_view_fields, .summary = "Sign in with a login code of WeChat"},
    {POST, "/alipay/sessions", ANYONE, sign_in_alipay, INPUT(struct code_input, code_params),
     .answer = session_view_fields, .summary = "Sign in with a login code of Alipay"},
    {POST, "/session/renew", CITIZEN | OFFICER | NEWCOMER, renew_session,
     .answer = session_view_fields, .summary = "A new token, good for longer; the old one ends"},
    {DELETE, "/session", CITIZEN | OFFICER | NEWCOMER, sign_out, .answer = signed_out_fields,
     .summary = "Sign out"},
    {DELETE, "/sessions", CITIZEN, sign_out_everywhere, .answer = signed_out_fields,
     .summary = "Sign out everywhere, with all accounts of the person"},
    {GET, "/me", CITIZEN, show_me, .answer = me_view_fields, .summary = "Who is signed in"},
    {POST, "/face-checks", CITIZEN, create_face_check,
     INPUT(struct face_check_input, face_check_params), .answer = face_check_view_fields,
     .needs_key = true, .summary = "Begin the face check of a real name"},
    {POST, "/face-checks/{check_id}/result", CITIZEN, finish_face_check,
     INPUT(struct check_path, check_path_params), .answer = check_result_fields,
     .summary = "Have the result fetched from WeChat; binds the real name when passed"},
    {POST, "/phone", CITIZEN, take_phone, INPUT(struct code_input, code_params),
     .answer = phone_view_fields, .summary = "Keep the mobile number that WeChat gives for a code"},
    {POST, "/link-codes", VERIFIED, create_link_code, .answer = link_code_view_fields,
     .summary = "A code by which another account of the same person joins"},
    {POST, "/links", CITIZEN, link_account, INPUT(struct code_input, link_params),
     .answer = me_view_fields, .summary = "Join the person whose verified account shows this code"},
    {POST, "/agent-codes", VERIFIED, create_agent_code, .answer = link_code_view_fields,
     .summary = "A code by which a principal appoints whoever shows it"},
    {POST, "/mandates", VERIFIED, appoint_agent, INPUT(struct appoint_input, appoint_params),
     .answer = mandate_view_fields, .needs_key = true,
     .summary = "Let the person who shows this code act, for oneself or one's organisation"},
    {GET, "/mandates/held", VERIFIED, list_mandates_held,
     INPUT(struct mandate_list_input, mandate_list_params), .answer = mandate_view_fields,
     .is_page = true, .summary = "For whom the caller may act, newest first"},
    {GET, "/mandates/given", VERIFIED, list_mandates_given,
     INPUT(struct mandate_list_input, mandate_list_params), .answer = mandate_view_fields,
     .is_page = true,
     .summary = "Who may act for the caller, or for an organisation of the caller"},
    {POST, "/mandates/{mandate_id}/end", VERIFIED, end_one_mandate,
     INPUT(struct mandate_path, mandate_path_params), .answer = mandate_view_fields,
     .needs_key = true, .summary = "End it at once, from either side"},
    {GET, "/organisations", VERIFIED, list_organisations, .answer = organisation_view_fields,
     .is_page = true, .summary = "Whose legal representative the caller is"},
    {POST, "/recipients", MODULE, find_recipient, INPUT(struct recipient_input, recipient_params),
     .answer = recipient_fields, .door = MODULES, .callers = "notice",
     .summary = "Who is behind an account"},
    {POST, "/recipients/phone", MODULE, tell_phone, INPUT(struct phone_input, phone_of_params),
     .answer = phone_fields, .door = MODULES, .callers = "notice",
     .summary = "A person's mobile number, for an SMS that is about to go; audited"},
    {POST, "/messages/wechat", MODULE, send_message, INPUT(struct message_input, message_params),
     .answer = sent_fields, .door = MODULES, .callers = "notice",
     .summary = "Sends a subscription message to an account of a person"},
    {POST, "/officers/sessions", ANYONE, sign_in_officer,
     INPUT(struct officer_sign_in_input, officer_sign_in_params), .answer = session_view_fields,
     .summary = "Sign in as an officer, with a password and a one-time code"},
    {POST, "/officers/password", OFFICER | NEWCOMER, change_officer_password,
     INPUT(struct officer_password_input, officer_password_params),
     .answer = password_changed_fields,
     .summary = "Change the own password; ends the officer's other sessions"},
    {POST, "/officer-codes", VERIFIED, create_officer_code, .answer = link_code_view_fields,
     .summary = "A code by which an officer is known as whoever shows it"},
    {POST, "/officers/person", OFFICER, bind_officer_person, INPUT(struct code_input, link_params),
     .answer = officer_bound_fields,
     .summary = "Bind the officer to the person whose account shows this code, for good"},
    {GET, "/officers", SECURITY, list_all_officers,
     INPUT(struct officer_list_input, officer_list_params), .answer = officer_view_fields,
     .is_page = true, .summary = "All officers by name, with what they may do"},
    {POST, "/officers", SECURITY, make_officer, INPUT(struct new_officer_input, new_officer_params),
     .answer = officer_secrets_fields, .needs_key = true,
     .summary = "Make an officer; password and secret are told once"},
    {POST, "/officers/{name}/rights", SECURITY, set_officer_rights,
     INPUT(struct officer_rights_input, officer_rights_params), .answer = officer_rights_fields,
     .needs_key = true, .summary = "Other roles, another brigade; ends the officer's sessions"},
    {POST, "/officers/{name}/reset", SECURITY, reset_officer_secrets,
     INPUT(struct officer_path, officer_path_params), .answer = officer_secrets_fields,
     .needs_key = true, .summary = "A new password and secret, told once, for who lost the phone"},
    {POST, "/officers/{name}/unlock", SECURITY, end_officer_lock,
     INPUT(struct officer_path, officer_path_params), .answer = officer_rights_fields,
     .needs_key = true, .summary = "End the lock after five failures before its time"},
    {POST, "/officers/{name}/disable", SECURITY, disable_one_officer,
     INPUT(struct officer_path, officer_path_params), .answer = officer_rights_fields,
     .needs_key = true, .summary = "For good, and at once"},
    ROUTE_END,
};

static const struct job jobs[] = {
    {"tidy", 10 * MINUTE_MS, tidy},
    {"reseal", 10 * MINUTE_MS, reseal},
    {.name = NULL},
};

static const struct command commands[] = {
    {"officer",
     "add NAME --display TEXT --roles LIST [--brigade CODE] [--keep-password]\n"
     "      | change NAME [--roles LIST] [--brigade CODE] | reset NAME | list | unlock NAME"
     " | disable NAME",
     officer_command},
    {.name = NULL},
};

static const struct statement *const statements[] = {
    account_sql, session_rows_sql, face_sql,  link_sql,      reseal_sql,
    officer_sql, mandate_sql,      event_sql, recipient_sql, NULL};

const struct service service = {
    .name = "identity",
    .title = "身份认证",
    .routes = routes,
    .jobs = jobs,
    .commands = commands,
    .sql = statements,
    .reasons = reasons,
    .settings = settings,
    .settings_size = sizeof(struct identity_settings),
    .open = identity_open,
    .close = identity_close,
};
