#include "support/papers.h"

#include "core/clock.h"

static const struct paper_appeal appeals[] = {
    {"行政复议", "深圳市福田区人民政府", "自知道本决定之日起60日内"},
    {"行政诉讼", "深圳市盐田区人民法院", "自知道本决定之日起6个月内"},
};
static const struct paper_row particulars[] = {{"号牌号码", "粤B12345"}, {"通行路线", "深南大道"}};
static const char *articles[] = {"《中华人民共和国道路交通安全法》第九十条"};
static const char *gaps[] = {"机动车行驶证", "授权委托书"};

struct paper full_paper(enum paper_kind kind)
{
    struct paper paper = paper_of(kind);

    paper.authority = "深圳市公安局交通警察局福田大队";
    paper.number = "4403042000000125";
    paper.date = day_of(2026, 11, 28);
    paper.made_at = instant_add(day_start(paper.date), HOUR_MS * 9);
    paper.person = "张三";
    paper.address = "深圳市福田区深南大道4001号";
    paper.facts = "未按禁止标线指示行驶。";
    paper.evidence = "交通技术监控记录。";
    paper.reasons = "不符合规定条件。";
    paper.basis = (struct texts){articles, 1};
    paper.content = "罚款人民币300元。";
    paper.gaps = (struct texts){gaps, 2};
    paper.perform = "自收到之日起15日内缴纳。";
    paper.surcharge = "每日按罚款数额的百分之三加处罚款，不超过罚款数额。";
    paper.appeals = (struct records){appeals, 2};
    paper.particulars = (struct records){particulars, 2};
    paper.valid_from = day_of(2026, 12, 1);
    paper.valid_to = day_of(2026, 12, 31);
    paper.statement = "https://tongban.example/v#a.b.c";
    return paper;
}
