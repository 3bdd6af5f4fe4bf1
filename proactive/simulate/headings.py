"""The words offices put over their columns: other ones than the contracts' own first titles."""

from __future__ import annotations

from types import MappingProxyType

RESIDENT = MappingProxyType({
    "id_number": "公民身份号码", "name": "姓名", "sex": "性别", "born_on": "出生日期",
    "household_no": "户号", "relation": "与户主关系", "area_code": "户籍地区划代码",
    "living_area_code": "现居住地区划", "address": "现住址", "phone": "联系方式",
    "valid_from": "入户日期", "valid_to": "注销日期", "recorded_on": "更新日期",
})  # fmt: skip
DEATH = MappingProxyType({
    "id_number": "身份证号", "name": "姓名", "valid_from": "死亡日期", "recorded_on": "录入日期",
})  # fmt: skip
LOW_INCOME = MappingProxyType({
    "household_no": "户号", "id_number": "身份证号码", "name": "姓名", "class": "救助类别",
    "valid_from": "认定日期", "valid_to": "终止日期", "recorded_on": "数据日期",
})  # fmt: skip
INCOME = MappingProxyType({
    "household_no": "家庭户号", "year": "年度", "annual_income": "家庭年总收入",
    "members": "家庭人口数", "source_kind": "收入来源", "recorded_on": "入库日期",
})  # fmt: skip
DISABILITY = MappingProxyType({
    "name": "姓名", "id_number": "身份证号", "certificate_no": "残疾人证号", "kind": "残疾类别",
    "grade": "残疾等级", "status": "证件状态", "valid_from": "发证日期", "valid_to": "有效期至",
    "phone": "联系电话", "area_code": "行政区划代码", "recorded_on": "录入日期",
})  # fmt: skip
BENEFIT = MappingProxyType({
    "id_number": "身份证号", "name": "姓名", "benefit": "待遇类型", "valid_from": "批准日期",
    "valid_to": "停发日期", "amount": "发放金额", "recorded_on": "录入日期",
})  # fmt: skip
ENTERPRISE = MappingProxyType({
    "credit_code": "统一社会信用代码", "org_name": "企业名称", "contact_name": "联络员",
    "contact_phone": "联络员电话", "status": "登记状态", "area_code": "住所区划代码",
    "valid_from": "成立日期", "recorded_on": "更新日期",
})  # fmt: skip
DISHONESTY = MappingProxyType({
    "credit_code": "统一社会信用代码", "org_name": "企业名称", "valid_from": "列入日期",
    "valid_to": "移出日期", "recorded_on": "更新日期",
})  # fmt: skip
CREDIT = MappingProxyType({
    "penalty_no": "行政处罚决定书文号", "org_name": "行政相对人名称",
    "credit_code": "行政相对人代码", "contact_name": "联系人", "contact_phone": "联系人电话",
    "severity": "失信程度", "decided_on": "处罚决定日期", "published_on": "公示日期",
    "status": "公示状态", "obligation_fulfilled": "是否履行完毕", "repair_status": "修复状态",
    "authority": "处罚机关", "area_code": "行政区划代码", "recorded_on": "更新日期",
})  # fmt: skip
BIRTH = MappingProxyType({
    "certificate_no": "出生医学证明编号", "child_name": "新生儿姓名",
    "child_id": "新生儿身份证号", "born_on": "出生日期", "outcome": "分娩结局",
    "mother_name": "母亲姓名", "mother_id": "母亲身份证号", "mother_phone": "母亲联系电话",
    "hospital_code": "接生机构编码", "area_code": "母亲住址区划代码", "recorded_on": "录入日期",
})  # fmt: skip
REGISTRATION = MappingProxyType({
    "id_number": "公民身份号码", "name": "姓名", "birth_certificate_no": "出生证编号",
    "mother_id": "母亲公民身份号码", "valid_from": "落户日期", "area_code": "户籍地区划代码",
    "recorded_on": "录入日期",
})  # fmt: skip
NEWBORN = MappingProxyType({
    "id_number": "证件号码", "name": "姓名", "birth_certificate_no": "出生证编号",
    "mother_id": "母亲身份证号", "valid_from": "参保登记日期", "recorded_on": "录入日期",
})  # fmt: skip
BILL = MappingProxyType({
    "settlement_id": "结算单号", "refund_no": "退费单号", "version": "数据版本",
    "id_number": "身份证号", "name": "姓名", "insurance": "险种类型", "area_code": "参保地区划",
    "hospital_code": "定点医疗机构编码", "stay_id": "就诊号", "care_kind": "医疗类别",
    "settled_at": "结算时间", "total": "医疗费总额", "fund_paid": "基金支付总额",
    "hospital_paid": "医院负担金额", "out_of_pocket": "个人负担总金额",
    "account_paid": "个人账户支付", "cash_paid": "个人现金支付", "record_status": "退费标志",
    "valid": "有效标志", "recorded_on": "入库日期",
})  # fmt: skip
# The newest batch comes from the new exchange interface, whose columns carry its own names.
BILL_INTERFACE = MappingProxyType(
    dict(BILL)
    | {
        "settlement_id": "setl_id", "stay_id": "mdtrt_id", "hospital_code": "fixmedins_code",
        "care_kind": "med_type", "settled_at": "setl_time", "total": "medfee_sumamt",
        "fund_paid": "fund_pay_sumamt", "hospital_paid": "hosp_part_amt",
        "out_of_pocket": "psn_part_amt", "account_paid": "acct_pay", "cash_paid": "psn_cash_pay",
        "record_status": "refd_setl_flag", "valid": "vali_flag", "insurance": "insutype",
    }
)  # fmt: skip
