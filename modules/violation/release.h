/*
 * Release of held vehicles and documents (放车还证), T1 and T7. What an officer holds is told by
 * exchange; its reason says what has to be so before it is given back. All of that is asked of facts at
 * once and each missing condition is named with the value that failed. When nothing is missing, a
 * release order (放行通知书) is granted, a permit with a code for the pound; the pound's word that it
 * handed the item over uses the order up. Road Safety Law 92-99, Violation Procedure (2020) 30 and 32,
 * Implementing Regulation 107, Accident Procedure 58.
 *
 * What concerns others looks absent: an item is shown to whom it was taken from and to the registered
 * owner of the vehicle, or to who acts for them. A decision that is withdrawn later undoes nothing.
 */
#ifndef VIOLATION_RELEASE_H
#define VIOLATION_RELEASE_H

#include "casework/obligation.h"
#include "violation/hold.h"

#define RELEASE_REASONS(X)                                                                         \
    X(ITEM_UNKNOWN, 422, "held_item_unknown", "没有找到您的这件扣留物品")                          \
    X(ITEM_OTHER_KIND, 422, "held_item_other_kind", "该事项不办理此类物品")                        \
    X(ITEM_OTHER_PLATE, 422, "held_item_other_plate", "号牌与扣留凭证不一致")                      \
    X(ITEM_RELEASED, 409, "held_item_released", "该物品已发还或者已处理")                          \
    X(ORDER_STANDS, 409, "release_order_stands", "该物品已有有效的放行通知书")                     \
    X(ORDER_USED, 409, "release_order_used", "放行通知书已使用，物品已发还")                       \
    X(HOLD_REASON_UNKNOWN, 422, "hold_reason_unknown", "扣留原因未登记，请到窗口办理")             \
    X(FINE_UNPAID, 422, "fine_unpaid", "罚款尚未缴清")                                             \
    X(DECISION_MISSING, 422, "decision_missing", "处罚决定尚未作出或者尚未送达平台")               \
    X(POLICY_LAPSED, 422, "policy_lapsed", "交强险保单已过期")                                     \
    X(POLICY_LATER, 422, "policy_later", "交强险保单尚未生效")                                     \
    X(POLICY_UNKNOWN, 422, "policy_unknown", "没有查到有效的交强险电子保单")                       \
    X(STUDY_MISSING, 422, "study_missing", "满分学习和考试尚未完成")                               \
    X(SUSPENSION_RUNNING, 422, "suspension_running", "驾驶证暂扣期未满")                           \
    X(INSPECTION_LAPSED, 422, "inspection_lapsed", "检验有效期已过")                               \
    X(INSPECTION_UNPROVEN, 422, "inspection_unproven", "没有查到检验合格的记录，请上传检验合格证明") \
    X(OWNER_UNPROVEN, 422, "owner_unproven", "您不是登记的车主，请上传车辆来历证明")               \
    X(STORAGE_UNPAID, 422, "storage_unpaid", "保管费尚未缴清")                                     \
    X(SCAN_NOT_NEEDED, 422, "scan_not_needed", "不需要上传材料，请直接办理网上放行")               \
    X(NO_STORAGE_OWED, 422, "no_storage_owed", "到这一天为止不需要缴纳保管费")                     \
    X(PICKUP_DAY, 422, "pickup_day_invalid", "取车日期应当在今天起十五日内")

RELEASE_REASONS(REASON_DECLARE)

struct release_order {
    const char *application_id, *item_id, *item_no, *order_no;
    struct day valid_from, valid_to;
    struct instant issued_at, used_at;
    const char *handover_id; /* NULL: not used */
    bool stands;
};

/* What a pound tells. */
struct handover {
    const char *id, *order_no, *item_no;
    struct instant released_at;
};


/* release_store.c */
extern const struct statement release_sql[];
/* Puts others who are about to change the item's release behind us. */
MUST_CHECK enum error lock_release(struct request *r, const char *item_id);
/* The one that stands, used, over or in force. */
MUST_CHECK enum error find_order_of(struct request *r, const char *item_id,
                                    struct release_order *order);
MUST_CHECK enum error find_order_by(struct request *r, const char *application_id,
                                    struct release_order *order);
MUST_CHECK enum error insert_order(struct request *r, const struct release_order *order);
/* By its number, with whatever became of it. */
MUST_CHECK enum error find_order_no(struct request *r, const char *order_no,
                                    struct release_order *order);
/* E_NOT_FOUND when it does not stand any more, or was used. */
MUST_CHECK enum error end_order(struct request *r, const char *application_id);
/* It stands again; E_EXISTS when another one does. */
MUST_CHECK enum error restore_order(struct request *r, const char *application_id);
MUST_CHECK enum error use_order(struct request *r, const char *application_id,
                                const char *handover_id, struct instant used_at);

MUST_CHECK enum error find_handover(struct request *r, const char *id, struct handover *handover);

/* A bill for storage; the obligation tells whether it was paid or withdrawn. */
struct storage_bill {
    const char *obligation_id, *item_id;
    struct day pickup_on;
    struct fen amount_fen;
    struct instant settled_at, withdrawn_at;
};
MUST_CHECK enum error list_storage_bills(struct request *r, const char *item_id,
                                         struct records *bills);
MUST_CHECK enum error insert_storage_bill(struct request *r, const struct storage_bill *bill);
MUST_CHECK enum error find_storage_bill(struct request *r, const char *obligation_id,
                                        struct storage_bill *bill);

/* held.c */
struct held_input {
    const char *mandate_id; /* of whom; NULL: the caller's own */
};
struct storage_input {
    const char *id, *mandate_id;
    struct day pickup_on; /* NONE: today */
};
extern const struct param held_params[], storage_params[];
extern const struct field held_view_fields[], storage_bill_fields[];
MUST_CHECK enum error list_held(struct request *r);
MUST_CHECK enum error bill_storage(struct request *r);

/* handover.c */
MUST_CHECK enum error take_release_done(struct request *r, const struct task *task);

#endif
