"""The kinds of office: who delivers a feed, who decides an item."""

from enum import StrEnum


class OfficeKind(StrEnum):
    """What an office is for; a county has one or more of each kind it needs."""

    MEDICAL_INSURANCE = "medical_insurance"
    CIVIL_AFFAIRS = "civil_affairs"
    DISABLED_FEDERATION = "disabled_federation"
    HEALTH = "health"
    PUBLIC_SECURITY = "public_security"
    HUMAN_RESOURCES = "human_resources"
    MARKET_REGULATION = "market_regulation"
    DEVELOPMENT_REFORM = "development_reform"
    CHARITY = "charity"
    CARE_CENTRE = "care_centre"
    EDUCATION = "education"
    HOUSING = "housing"
    JUSTICE = "justice"
    VETERANS = "veterans"
    TAX = "tax"
    HOSPITAL = "hospital"
    SERVICE_HALL = "service_hall"
