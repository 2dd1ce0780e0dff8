"""Units sold in packages of a fixed size."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Literal

import msgspec

from usagebill_tui.domain.pricing.protocol import PricedEvent, PricingModel, Step
from usagebill_tui.domain.pricing.words import counted, number


class PackageParameters(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """The parameters of `package`."""

    package_size: Annotated[
        Decimal, msgspec.Meta(title="Package size", description="Units in one package", extra={"gt": 0})
    ]
    package_amount: Annotated[
        Decimal, msgspec.Meta(title="Package amount", description="Price of one package", extra={"ge": 0})
    ]
    rounding: Annotated[
        Literal["up", "down"],
        msgspec.Meta(title="Rounding", description="Whether a part package is charged or given away"),
    ] = "up"


class Package(PricingModel):
    """Packages begun (`rounding` up) or filled (down) × package amount."""

    name = "package"
    title = "Package"
    parameters = PackageParameters

    def price(
        self, units: Decimal, params: PackageParameters, events: Sequence[PricedEvent] = ()
    ) -> Sequence[Step]:
        """Count the packages and multiply, in one step."""
        packages, rest = divmod(units, params.package_size)
        if rest and params.rounding == "up":
            packages += 1
        return [
            Step(
                description=f"{counted(packages, 'package')} of {number(params.package_size)}",
                quantity=packages,
                unit_amount=params.package_amount,
                amount=packages * params.package_amount,
            )
        ]
