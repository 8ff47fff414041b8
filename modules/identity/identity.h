/*
 * Who is acting. An account is what WeChat or Alipay knows; it signs in with a login code and gets a
 * session (core_session), which every module reads. A face check binds an account to a natural
 * person; from then on its sessions have the role VERIFIED and the person. A person may have several
 * accounts; an account never changes its person. An officer (officer.h) signs in with a password and a
 * one-time code; the roles stand in the session.
 */
#ifndef IDENTITY_IDENTITY_H
#define IDENTITY_IDENTITY_H

#include "core/db.h"

#define IDENTITY_REASONS(X)                                                                        \
    X(LOGIN_CODE_INVALID, 422, "login_code_invalid", "登录凭证无效或已过期，请重新登录")           \
    X(LOGIN_CODE_USED, 409, "login_code_used", "登录凭证已被使用，请重新登录")                     \
    X(ACCOUNT_AT_RISK, 403, "account_at_risk", "该账号存在安全风险，暂时不能登录")                 \
    X(TOO_OFTEN, 429, "too_often", "操作过于频繁，请稍后再试")                                     \
    X(WECHAT_ONLY, 409, "wechat_only", "请在微信小程序中办理")                                     \
    X(PHONE_CODE_INVALID, 422, "phone_code_invalid", "手机号凭证无效或已过期，请重新授权")         \
    X(PHONE_NOT_MAINLAND, 422, "phone_not_mainland", "目前只支持中国大陆手机号")                   \
    X(VERIFIED_ALREADY, 409, "verified_already", "该账号已完成实名认证")                           \
    X(CHECKS_USED_UP, 429, "face_checks_used_up", "今日人脸核身次数已用完，请明天再试")            \
    X(CHECK_UNFINISHED, 409, "face_check_unfinished", "人脸核身尚未完成，请按提示完成后再试")      \
    X(CHECK_FAILED, 422, "face_check_failed", "人脸核身未通过，请核对姓名和身份证号后重新认证")    \
    X(PERSON_CONFLICT, 409, "person_conflict", "姓名与已登记的信息不一致，请到窗口核实")           \
    X(BOUND_TO_OTHER, 409, "bound_to_other_person", "该账号已绑定其他人的实名信息")                \
    X(LINK_CODE_INVALID, 422, "link_code_invalid", "关联码无效或已过期")                           \
    X(CREDENTIALS_INVALID, 422, "credentials_invalid", "用户名、密码或验证码不正确")               \
    X(OFFICER_LOCKED, 403, "officer_locked", "多次登录失败，账号已锁定，请稍后再试")               \
    X(PASSWORD_SHORT, 422, "password_short", "新密码至少需要12个字符")                             \
    X(PASSWORD_SIMPLE, 422, "password_simple", "新密码过于简单，或含有用户名")                     \
    X(PASSWORD_UNCHANGED, 422, "password_unchanged", "新密码不能与原密码相同")                     \
    X(ROLE_UNKNOWN, 422, "role_unknown", "没有这个角色")                                           \
    X(ROLES_EXCLUDE, 422, "roles_exclude_each_other", "这些角色不能由同一人担任")                  \
    X(BRIGADE_REQUIRED, 422, "brigade_required", "该角色必须属于一个大队")                         \
    X(BRIGADE_UNKNOWN, 422, "brigade_unknown", "没有这个大队")                                     \
    X(OFFICER_EXISTS, 409, "officer_exists", "该用户名已被使用")                                   \
    X(OFFICER_DISABLED, 409, "officer_disabled", "该账号已停用")                                   \
    X(OFFICER_SELF, 403, "officer_self", "不能对自己的账号进行此操作")                             \
    X(ORGANISATION_INACTIVE, 422, "organisation_inactive", "该单位已注销或被吊销，不能委托他人")   \
    X(SCOPE_UNKNOWN, 422, "scope_unknown", "没有这种可委托的业务")                                 \
    X(MANDATE_SELF, 422, "mandate_self", "不能委托自己")                                           \
    X(MANDATE_END_PAST, 422, "mandate_end_past", "委托期限已过")                                   \
    X(MANDATE_TOO_LONG, 422, "mandate_too_long", "委托期限最长两年")                               \
    X(MANDATE_EXISTS, 409, "mandate_exists", "对该代办人的委托仍然有效，请先终止")

IDENTITY_REASONS(REASON_DECLARE)

struct identity_settings {
    const char *wechat_url;
    const char *wechat_appid;
    const char *wechat_secret_file;
    const char *wechat_state;
    const char *alipay_url;
    const char *alipay_app_id;
    const char *alipay_app_key_file;
    const char *alipay_public_key_file;
    const char *alipay_app_cert_file, *alipay_cert_file, *alipay_root_cert_file;
    int64_t gateway_ms;
    int64_t key_ask_ms;
    int64_t session_idle_s;
    int64_t session_max_s;
    int64_t face_checks_a_day;
    int64_t officer_idle_s;
    int64_t officer_max_s;
    int64_t officer_lock_s;
    int64_t argon2_kib;
    int64_t argon2_passes;
};

#define WECHAT "wechat"
#define ALIPAY "alipay"
#define OFFICER_CHANNEL "officer"

/* What a channel said of a login code. */
struct login {
    const char *channel;
    const char *open_id;
    const char *session_key; /* WeChat's; it never leaves the server; NULL for Alipay */
};

/* What clients send. */
struct code_input {
    const char *code;
};
struct face_check_input {
    const char *name;
    struct id_no id_no;
};
struct check_path {
    const char *check_id;
};

/* Handlers, the job, and their tables. */
enum error sign_in_wechat(struct request *r);
enum error sign_in_alipay(struct request *r);
enum error renew_session(struct request *r);
enum error sign_out(struct request *r);
enum error sign_out_everywhere(struct request *r);
enum error show_me(struct request *r);
enum error create_face_check(struct request *r);
enum error finish_face_check(struct request *r);
enum error take_phone(struct request *r);
enum error create_link_code(struct request *r);
enum error link_account(struct request *r);
enum error tidy(struct request *r, const struct task *task);
enum error reseal(struct request *r, const struct task *task);

extern const struct statement reseal_sql[];

extern const struct param code_params[], face_check_params[], check_path_params[], link_params[];
extern const struct field session_view_fields[], signed_out_fields[], me_view_fields[],
    face_check_view_fields[], check_result_fields[], phone_view_fields[], link_code_view_fields[];

#endif
