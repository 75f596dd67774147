"""The TROPICO Knowledge Graph: case studies of digital government as a graph in which every answer opens its evidence.

Modules, bottom to top: errors, settings, resources, prefixes, formats; store with its engine embedded; guard;
ontology, infer, validate; build; questions, describe, export; cli and web.
"""

from __future__ import annotations

__version__ = "0.1.0"
