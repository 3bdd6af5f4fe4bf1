"""The closed list of needs a case can be about, and how each is confirmed."""

from enum import StrEnum


class Need(StrEnum):
    """Benefits only: there is no debt, sanction or suspicion here, and none can be named."""

    MEDICAL_COST_RELIEF = "medical_cost_relief"
    DISABILITY_ASSISTANCE = "disability_assistance"
    NEWBORN_SERVICES = "newborn_services"
    CREDIT_REPAIR = "credit_repair"


class ConfirmBy(StrEnum):
    VISIT = "visit"
    CALL = "call"
    DESK = "desk"


CONFIRM_BY = {
    Need.MEDICAL_COST_RELIEF: ConfirmBy.VISIT,
    Need.DISABILITY_ASSISTANCE: ConfirmBy.VISIT,
    Need.NEWBORN_SERVICES: ConfirmBy.CALL,
    Need.CREDIT_REPAIR: ConfirmBy.DESK,
}

NEED_NAMES = {
    Need.MEDICAL_COST_RELIEF: {"en": "Help with medical costs", "zh": "医疗费用救助"},
    Need.DISABILITY_ASSISTANCE: {"en": "Disability assistance", "zh": "残疾人救助"},
    Need.NEWBORN_SERVICES: {"en": "Services for a newborn", "zh": "新生儿服务"},
    Need.CREDIT_REPAIR: {"en": "Credit repair", "zh": "信用修复"},
}
