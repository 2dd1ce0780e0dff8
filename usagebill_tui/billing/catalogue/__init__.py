"""The catalogue as a file: read, checked, worked into what there is, compared, written."""

from usagebill_tui.billing.catalogue.changes import Change, Field, changes, unchanged
from usagebill_tui.billing.catalogue.contracts import check_double_billing, check_subscription
from usagebill_tui.billing.catalogue.customers import check_customer, check_term, plan_reference
from usagebill_tui.billing.catalogue.fees import FeeTerms, fee_terms
from usagebill_tui.billing.catalogue.file import CatalogueFile
from usagebill_tui.billing.catalogue.lint import Finding, lint
from usagebill_tui.billing.catalogue.metrics import check_metric
from usagebill_tui.billing.catalogue.plans import check_plan
from usagebill_tui.billing.catalogue.prices import check_override, check_price
from usagebill_tui.billing.catalogue.products import check_product
from usagebill_tui.billing.catalogue.reading import read_catalogue
from usagebill_tui.billing.catalogue.resolving import check_names, resolve
from usagebill_tui.billing.catalogue.versions import settle
from usagebill_tui.billing.catalogue.writing import write_catalogue

__all__ = [
    "CatalogueFile",
    "Change",
    "FeeTerms",
    "Field",
    "Finding",
    "changes",
    "check_customer",
    "check_double_billing",
    "check_metric",
    "check_names",
    "check_override",
    "check_plan",
    "check_price",
    "check_product",
    "check_subscription",
    "check_term",
    "fee_terms",
    "lint",
    "plan_reference",
    "read_catalogue",
    "resolve",
    "settle",
    "unchanged",
    "write_catalogue",
]
