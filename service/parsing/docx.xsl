<?xml version="1.0" encoding="UTF-8"?>
<!-- A part of a DOCX as HTML, in the order it is read: headings, paragraphs, lists, tables, text boxes after the
     paragraph that anchors them. Deleted text, pictures, comments and the instructions of fields are left out; text
     that nobody was to see is marked as hidden. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
  xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"
  xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"
  exclude-result-prefixes="w mc m">
  <xsl:output method="html" encoding="UTF-8" indent="no"/>
  <xsl:template match="/*"><div><xsl:apply-templates/></div></xsl:template>

  <xsl:template match="w:p">
    <xsl:variable name="style" select="translate(w:pPr/w:pStyle/@w:val, 'HT', 'ht')"/>
    <xsl:variable name="level" select="substring-after($style, 'heading')"/>
    <xsl:variable name="name">
      <xsl:choose>
        <xsl:when test="$style = 'title'">h1</xsl:when>
        <xsl:when test="$level &gt;= 1 and $level &lt;= 6"><xsl:value-of select="concat('h', $level)"/></xsl:when>
        <xsl:when test="w:pPr/w:numPr">li</xsl:when>
        <xsl:otherwise>p</xsl:otherwise>
      </xsl:choose>
    </xsl:variable>
    <xsl:element name="{$name}"><xsl:apply-templates/></xsl:element>
    <xsl:apply-templates select=".//w:txbxContent[not(ancestor::mc:Fallback)]/*"/>
  </xsl:template>
  <xsl:template match="w:tbl"><table><xsl:apply-templates/></table></xsl:template>
  <xsl:template match="w:tr"><tr><xsl:apply-templates/></tr></xsl:template>
  <xsl:template match="w:tc">
    <td>
      <xsl:if test="w:tcPr/w:gridSpan">
        <xsl:attribute name="colspan"><xsl:value-of select="w:tcPr/w:gridSpan/@w:val"/></xsl:attribute>
      </xsl:if>
      <xsl:apply-templates/>
    </td>
  </xsl:template>

  <!-- White letters are hidden where nothing behind them is shaded. -->
  <xsl:template match="w:r[w:rPr/w:vanish[not(@w:val = '0' or @w:val = 'false')]
      or w:rPr/w:color[@w:val = 'FFFFFF'][not(ancestor::w:tc//w:shd or ancestor::w:p//w:shd or ../w:highlight)]]">
    <span hidden=""><xsl:apply-templates/></span>
  </xsl:template>
  <xsl:template match="w:t | m:t"><xsl:value-of select="."/></xsl:template>
  <xsl:template match="w:r/w:tab"><xsl:text> </xsl:text></xsl:template>
  <xsl:template match="w:br | w:cr"><br/></xsl:template>
  <xsl:template match="w:noBreakHyphen">-</xsl:template>
  <xsl:template match="text() | w:rPr | w:pPr | w:del | w:moveFrom | w:txbxContent | mc:Fallback
    | w:footnote[@w:type] | w:endnote[@w:type]"/>
</xsl:stylesheet>
